/** Root keys of a tenant by generation, as a Secret has them. A generation that is taken out of the Secret is destroyed. */
import { createHash } from 'node:crypto'
import { isGenerationName } from '../rules/root-turn.ts'
import { KEY_OCTETS } from './aead.ts'
import { failed, type SealFailure } from './failure.ts'

export interface Roots {
  /** The generation that seals. Others only open. */
  readonly current: string
  readonly keys: ReadonlyMap<string, Buffer>
}

const MOST_GENERATIONS = 400
const BASE64 = /^[A-Za-z0-9+/]{43}=$/

/**
 * Reads lines of `GENERATION KEY`, the current one first; KEY is 32 octets in base64. Empty lines are skipped. A failure names the line, and
 * quotes nothing of it.
 */
export function readRoots(text: string): Roots | SealFailure {
  const keys = new Map<string, Buffer>()
  const seen = new Set<string>()
  let current: string | undefined
  for (const [at, line] of text.split('\n', MOST_GENERATIONS * 2).entries()) {
    if (line.trim() === '') continue
    const wrong = (fact: string) =>
      failed(
        'RootsInvalid',
        `line ${at + 1} of the root keys ${fact}: write GENERATION and ${KEY_OCTETS} octets in base64`,
      )
    const [generation = '', key = '', ...rest] = line.trim().split(/ +/)
    if (!isGenerationName(generation)) return wrong('has no valid name of a generation')
    if (!BASE64.test(key) || rest.length > 0) return wrong('has no valid key')
    const octets = Buffer.from(key, 'base64')
    const digest = createHash('sha256').update(octets).digest('hex')
    if (keys.has(generation)) return wrong('has a generation that another line has')
    if (seen.has(digest)) return wrong('has a key that another line has')
    if (keys.size === MOST_GENERATIONS) return wrong(`is beyond the ${MOST_GENERATIONS} generations that are read`)
    seen.add(digest)
    keys.set(generation, octets)
    current ??= generation
  }
  if (current === undefined)
    return failed('RootsInvalid', 'the Secret has no root key: add a line with GENERATION and key')
  return { current, keys }
}

/** Overwrites all keys. Whoever still uses these roots opens nothing any more. */
export function forget({ keys }: Roots): void {
  for (const key of keys.values()) key.fill(0)
}
