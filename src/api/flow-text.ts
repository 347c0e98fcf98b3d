/** A dialog as text: how it stands in a ConfigMap. Whoever may write ConfigMaps writes it, so it is bounded before it is read. */
import { isCollection, isMap, isScalar, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import type { flowSchema } from './flow.ts'
import type { Problem } from './parse.ts'
import { parseFlow } from './parse-flow.ts'

/** A dialog of 100 steps with long texts has a third of this. Octets of UTF-8. */
export const LONGEST_FLOW = 128 * 1024
/** A dialog has eight levels; a reader that calls itself for each would run out of stack. */
const DEEPEST = 32

/** The dialog, defaults filled in; or what is wrong with it. Paths are relative to it: steps[2].ask. */
export type ParsedFlow =
  | { readonly flow: z.output<typeof flowSchema> }
  | {
      readonly problems: readonly Problem[]
      /** The reader had no time for it: that says nothing about the text. */
      readonly mayTryAgain?: true
    }

/** What is too long to be read at all. Costs nothing, whatever the text. */
export function tooLong(text: string): Problem | undefined {
  const size = new TextEncoder().encode(text).length
  if (size <= LONGEST_FLOW) return undefined
  return {
    path: '',
    message: `the conversation flow has ${size} octets, and the maximum is ${LONGEST_FLOW}: shorten its texts, or make two bots of it`,
  }
}

/**
 * Reads a dialog in YAML 1.2. In time linear in the text, but some microseconds for each octet of a hostile one: who has calls or
 * a lease to keep reads it by `threads/`. Never throws.
 */
export function parseFlowText(text: string): ParsedFlow {
  const long = tooLong(text)
  if (long !== undefined) return { problems: [long] }
  try {
    const value = valueOf(text)
    if ('problems' in value) return value
    const parsed = parseFlow(value.plain)
    return 'value' in parsed ? { flow: parsed.value } : parsed
  } catch (error) {
    // A parser that gives up on a hostile text refuses it. Its words go to who wrote the text.
    return refuse(`it can not be read (${error instanceof Error ? error.message : 'no reason is known'}): correct it`)
  }
}

const refuse = (message: string): ParsedFlow & { problems: readonly Problem[] } => ({
  problems: [{ path: '', message }],
})

/** The plain value. Aliases would make a short text a long dialog, so each part is written out. */
function valueOf(text: string): { plain: unknown } | { problems: readonly Problem[] } {
  // Its own check for equal keys, and its words about each of many faults, take quadratic time.
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
  })
  const [fault] = document.errors
  if (fault !== undefined) return refuse(`it is not YAML, at ${placeOf(text, fault.pos[0])}: ${fault.message}`)
  let found: string | undefined
  visit(document, {
    Alias: (_key, { source }) => stop(`*${source} is an alias: write out what it stands for`),
    Collection(_key, node, path) {
      const depth = path.filter(isCollection).length
      if (depth > DEEPEST) return stop(`it has more than ${DEEPEST} levels: a dialog has eight`)
      const twice = isMap(node) ? repeatedKey(node.items.map(({ key }) => key)) : undefined
      return twice === undefined
        ? undefined
        : stop(`${JSON.stringify(twice)} stands twice in a map: remove one of the two`)
    },
  })
  function stop(message: string): symbol {
    found = message
    return visit.BREAK
  }
  return found === undefined ? { plain: document.toJS() } : refuse(found)
}

function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n')
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`
}

function repeatedKey(keys: readonly unknown[]): string | undefined {
  const seen = new Set<string>()
  for (const key of keys) {
    const name = isScalar(key) ? String(key.value) : String(key)
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}
