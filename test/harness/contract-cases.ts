import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { openApiOf, type JsonSchema } from '../../src/api/crd.ts'
import { KIND_PARTS } from '../../src/api/printer-columns.ts'
import type { Raw } from '../../src/kube/raw-object.ts'

const HERE = join(import.meta.dirname, '../integration/contract')
export const SAMPLES = join(import.meta.dirname, '../../config/samples')

export interface InvalidCase {
  file: string
  /** What the message must contain. */
  refused: string
  /** The field that must be named. */
  field: string
  /** One object to create, or the stored one and the update of it. */
  objects: Raw[]
}

const documents = (text: string) => parseAllDocuments(text).map((each) => each.toJS() as Raw)

/** Each file in invalid/, with what its first lines expect. */
export function invalidCases(): InvalidCase[] {
  const folder = join(HERE, 'invalid')
  return readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    const expected = (name: string) => {
      const found = new RegExp(`^# ${name}: (.+)$`, 'm').exec(text)?.[1]
      if (!found) throw new Error(`${file} has no line "# ${name}: ...": say what must be refused, and where`)
      return found
    }
    return { file, refused: expected('refused'), field: expected('field'), objects: documents(text) }
  })
}

interface Written {
  file: string
  object: Raw
}

const objectsIn = (folder: string): Written[] =>
  readdirSync(folder).map((file) => ({ file, object: parse(readFileSync(join(folder, file), 'utf8')) as Raw }))

/** Objects that must be accepted: those in valid/, which have every field that is served, and the samples. */
export const validObjects = (): Written[] => [join(HERE, 'valid'), SAMPLES].flatMap(objectsIn)

/** Objects in which nothing is wrong but that they have fields that are not served. */
export const notServedObjects = (): Written[] => objectsIn(join(HERE, 'not-served'))

/** A schema and the way to it, such as spec.numbers[]. */
export interface Place {
  kind: string
  path: string
  node: JsonSchema
}

/** Every schema node of spec and status, and the objects themselves. */
export function places(): Place[] {
  const below = (kind: string, path: string, node: JsonSchema): Place[] => [
    { kind, path, node },
    ...Object.entries(node.properties ?? {}).flatMap(([name, field]) =>
      below(kind, path === '' ? name : `${path}.${name}`, field),
    ),
    ...(node.items ? below(kind, `${path}[]`, node.items) : []),
  ]
  return KIND_PARTS.flatMap(({ descriptor: { kind }, schema }) => below(kind, '', openApiOf(schema)))
}

export interface PlacedRule {
  kind: string
  /** Where the fault shows: the place, and the rule's own path from there. */
  field: string
  message: string
}

export const rulesAt = ({ kind, path, node }: Place): PlacedRule[] => {
  const rules = (node['x-kubernetes-validations'] ?? []) as { message: string; fieldPath?: string }[]
  return rules.map(({ message, fieldPath = '' }) => ({
    kind,
    message,
    field: `${path}${fieldPath}`.replace(/^\./, ''),
  }))
}

/** `spec.numbers[3]` -> `spec.numbers[]`. */
export const anyIndex = (field: string) => field.replaceAll(/\[\d+\]/g, '[]')

/** Every value at a place, as a way of keys from the object down. */
export function waysTo(object: unknown, path: string): (string | number)[][] {
  const steps = path.split(/\.|(?=\[\])/).filter((step) => step !== '')
  const go = (value: unknown, [step, ...rest]: string[], way: (string | number)[]): (string | number)[][] => {
    if (value === undefined) return []
    if (step === undefined) return [way]
    if (step === '[]') return (value as unknown[]).flatMap((each, index) => go(each, rest, [...way, index]))
    return go((value as Record<string, unknown>)[step], rest, [...way, step])
  }
  return go(object, steps, [])
}

/** A copy of the object with one value replaced. */
export function replaced<T>(object: T, way: (string | number)[], value: unknown): T {
  const copy = structuredClone(object)
  const parent = way.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], copy)
  ;(parent as Record<string | number, unknown>)[way.at(-1)!] = value
  return copy
}
