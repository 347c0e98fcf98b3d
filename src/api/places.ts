/** Where a field stands in the file that declares it. Pure. */
import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml'
import type { Problem } from './validation-messages.ts'

export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
}

/** One document of a file. */
export interface Source {
  readonly file: string
  /** Of the file. */
  readonly text: string
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

/** As compilers and editors write it. */
export const showPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

/** The same problem, with its place before its field. */
export const locatedAt = (place: Place, { path, message }: Problem): Problem => ({
  path: `${showPlace(place)}: ${path}`,
  message,
})

/**
 * The place of a field: its value, or its name where the value has parts of its own; that of the innermost part that is there, when it is missing.
 * @param path as in problems, such as spec.dialog.inline.steps[8].next; empty: the whole document
 */
export function placeOf({ document, ...source }: Source, path: string): Place {
  let node: unknown = document.contents
  let offset = offsetOf(node) ?? document.range[0]
  for (const key of path.match(/[^.[\]]+/g) ?? []) {
    const next = below(node, key)
    if (next === undefined) break
    node = next.value
    offset = offsetOf(isScalar(next.value) ? next.value : (next.key ?? next.value)) ?? offset
  }
  return placeAt(source, offset)
}

/** The place of what a parser found at an offset of the file, in UTF-16 code units. */
export function placeAt({ file, lines }: Pick<Source, 'file' | 'lines'>, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { file, line, column: col }
}

/**
 * The place of a line of a text that is itself the value of a field, as a conversation flow in a ConfigMap.
 * @param keys of the field
 * @param line @param column in the text, from 1
 */
export function placeWithin(source: Source, keys: readonly string[], line: number, column: number): Place {
  const node = source.document.getIn(keys, true)
  const field = placeAt(source, offsetOf(node) ?? source.document.range[0])
  // In any other form, a line of the text is not a line of the file.
  if (!isScalar(node) || node.type !== 'BLOCK_LITERAL') return field
  const indent = /^ */.exec(source.text.split('\n')[field.line] ?? '')![0].length
  return { file: source.file, line: field.line + line, column: column + indent }
}

const offsetOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

function below(node: unknown, key: string): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node)) return Number(key) < node.items.length ? { value: node.items[Number(key)] } : undefined
  return isMap(node) ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key) : undefined
}
