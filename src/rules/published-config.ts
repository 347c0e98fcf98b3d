/**
 * Reading what the operator publishes for the edges. A name or a number of it is written into an edge's tables as it is, so
 * what they can't carry is not read at all.
 */
import { readAddress, readCidr } from '../lib/ip-address.ts'
import { isTooMuchJson } from '../lib/nesting.ts'

type Check<T> = (value: unknown) => value is T
export type Members = Record<string, unknown>

export const isMatch =
  (pattern: RegExp): Check<string> =>
  (value): value is string =>
    typeof value === 'string' && pattern.test(value)

/** One line of printable text, of so many characters at most: it goes into a status that people read. What is no text is empty. */
export const printable = (value: unknown, longest: number): string =>
  (typeof value === 'string' ? value : '').replaceAll(/[^\P{C}]+/gu, ' ').slice(0, longest)

export const isName = isMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
export const isObjectName = isMatch(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/)
export const isDataKey = isMatch(/^[-._a-zA-Z0-9]{1,253}$/)
export const isHost = isMatch(/^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45})$/)
/** A range of addresses, with its length. */
export const isCidr: Check<string> = (value): value is string =>
  typeof value === 'string' && value.includes('/') && readCidr(value) !== undefined
export const isAddress: Check<string> = (value): value is string =>
  typeof value === 'string' && readAddress(value) !== undefined
/** Printable ASCII without the two characters that end or bend a quoted string (RFC 3261 section 25.1). */
export const isQuotable = isMatch(/^[ !#-[\]-~]{1,128}$/)
export const isNumber = isMatch(/^[+][1-9][0-9]{1,14}$/)
/** E.164 with the plus, or an extension of the client's telephone system. */
export const isDialable = isMatch(/^([+][1-9][0-9]{1,14}|[0-9]{2,8})$/)
/** `namespace/name` */
export const isKey = isMatch(/^[a-z0-9][-a-z0-9]{0,62}[/][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
export const isInstant: Check<string> = (value): value is string =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value))
export const isUid = isMatch(/^[-A-Za-z0-9]{1,64}$/)

export const isWhole =
  (least: number, most: number): Check<number> =>
  (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most

export const isEpoch = isWhole(0, Number.MAX_SAFE_INTEGER)
export const isPort = isWhole(1, 65_535)

export const isOneOf =
  <const T extends string>(...words: readonly T[]): Check<T> =>
  (value): value is T =>
    (words as readonly unknown[]).includes(value)

const UNREADABLE = new Error('the published object can not be read')

/** The value once it passed. @throws for `readPublished` to catch */
export function must<T>(check: Check<T>, value: unknown): T {
  if (check(value)) return value
  throw UNREADABLE
}

/** A member under its name when it is there, and nothing when it isn't. What is there must be readable. */
export const may = <K extends string, T>(name: K, value: unknown, read: (value: unknown) => T) =>
  (value === undefined ? {} : { [name]: read(value) }) as { [key in K]?: T }

export function listOf<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw UNREADABLE
  return value.map(read)
}

/** The members of what claims to be an object; none of anything else. */
export const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}

/** What is published has five levels. */
const MOST_LEVELS = 16

/** Undefined when the text is no JSON, is deeper or has more values than anything of ours, or `read` met something that it must not let pass. */
export function readPublished<T>(text: string, read: (told: Members) => T): T | undefined {
  if (isTooMuchJson(text, MOST_LEVELS)) return undefined
  try {
    return read(membersOf(JSON.parse(text)))
  } catch (error) {
    if (error === UNREADABLE || error instanceof SyntaxError) return undefined
    throw error
  }
}
