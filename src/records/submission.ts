/** What a pod submits: the records of one call, in the clear. Everything about it is checked here. */
import { z } from 'zod'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../api/retention-policy.ts'
import type { DataClass } from '../rules/retention/life.ts'
import { LONGEST_IN_MEMORY_SECONDS } from '../rules/delivery/targets.ts'
import { isTooMuchJson } from '../lib/nesting.ts'

/** Octets of a request. */
export const LONGEST_SUBMISSION = 1_048_576

export interface SubmittedRecord {
  readonly class: DataClass
  readonly sequence: number
  /** Seconds. */
  readonly life: number
  /** Overwritten by whoever has sealed it. */
  readonly body: Buffer
}

export interface Submission {
  readonly call: string
  readonly policy: string
  /** Milliseconds since 1970. */
  readonly endedAt: number
  readonly records: readonly SubmittedRecord[]
}

/** Why nothing of it is kept. Texts quote nothing. */
export interface Refused {
  readonly kind: 'refused'
  /** 4xx: for good. 503: it can be sent again after `retryAfter` seconds. */
  readonly status: 400 | 404 | 422 | 503
  readonly because: string
  readonly retryAfter?: number
  /** The namespace has as many keys or octets as it may have. */
  readonly isFull?: boolean
}

const DAY_MS = 86_400_000
/** Clocks of nodes differ a little. */
const AHEAD_MS = 1_000
/** A clock that is so far ahead is wrong for longer than it is worth to wait. */
const MOST_AHEAD_MS = 60_000

/** How long after its call a record is taken. */
interface Age {
  readonly mostMs: number
  readonly because: string
}
const TO_STORE: Age = { mostMs: DAY_MS, because: 'endedAt is more than a day ago: records are taken for a day' }
const TO_DELIVER: Age = {
  mostMs: LONGEST_IN_MEMORY_SECONDS * 1_000,
  because: `endedAt is more than ${LONGEST_IN_MEMORY_SECONDS} s ago: so long records are delivered from memory`,
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const record = z.strictObject({
  class: z.enum(DATA_CLASSES),
  sequence: z.int().min(0).max(9_999),
  life: z.int().min(0).max(LONGEST_LIFE_SECONDS),
  body: z.string().min(4).regex(BASE64),
})
const schema = z.strictObject({
  policy: z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/),
  endedAt: z.int().min(0),
  records: z.array(record).min(1).max(100),
})
const handedSchema = schema.extend({
  records: z
    .array(record.omit({ life: true }))
    .min(1)
    .max(100),
})

/** What is delivered and never stored. */
export interface Handed extends Omit<Submission, 'records'> {
  readonly records: readonly Omit<SubmittedRecord, 'life'>[]
}

const CALL = /^\/(calls|deliveries)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The UUID in a path, and what is asked for the call: to store its records, or to deliver them from memory. */
export function callIn(path: string): { readonly call: string; readonly to: 'Store' | 'Deliver' } | undefined {
  const [, what, call] = CALL.exec(path) ?? []
  return call === undefined ? undefined : { call, to: what === 'calls' ? 'Store' : 'Deliver' }
}

const refused = (status: Refused['status'], because: string, retryAfter?: number): Refused => ({
  ...{ kind: 'refused', status, because },
  ...(retryAfter !== undefined && { retryAfter }),
})

/** @param now milliseconds since 1970 */
export function readSubmission(call: string, text: string, now: number): Submission | Refused {
  const read = readBy(schema, text)
  if ('kind' in read) return read
  if (read.records.some(({ life }) => life === 0))
    return refused(422, 'a record with life 0 is never kept: do not send it')
  return wrongIn(read, now, TO_STORE) ?? { call, ...read, records: decoded(read.records) }
}

/** @param now milliseconds since 1970 */
export function readHanded(call: string, text: string, now: number): Handed | Refused {
  const read = readBy(handedSchema, text)
  if ('kind' in read) return read
  return wrongIn(read, now, TO_DELIVER) ?? { call, ...read, records: decoded(read.records) }
}

function readBy<S extends z.ZodType>(by: S, text: string): z.output<S> | Refused {
  const read = by.safeParse(parse(text))
  if (read.success) return read.data
  const where = read.error.issues[0]?.path.slice(0, 3).join('.') || 'the request'
  return refused(400, `${where} is not valid: see docs/guides/data.md`)
}

const decoded = <R extends { readonly body: string }>(records: readonly R[]) =>
  records.map((one) => ({ ...one, body: Buffer.from(one.body, 'base64') }))

function wrongIn({ endedAt, records }: z.output<typeof handedSchema>, now: number, age: Age): Refused | undefined {
  const places = new Set(records.map((one) => `${one.class} ${one.sequence}`))
  if (places.size < records.length) return refused(400, 'two records have the same class and sequence: send each once')
  if (endedAt > now + MOST_AHEAD_MS) return refused(422, 'endedAt is in the future: correct the clock of the node')
  if (endedAt > now + AHEAD_MS) {
    return refused(503, 'endedAt is in the future: send it again then', Math.ceil((endedAt - now) / 1_000))
  }
  return endedAt < now - age.mostMs ? refused(422, age.because) : undefined
}

/** The request, two levels of members, and one for what a stranger may add. */
const MOST_LEVELS = 4

function parse(text: string): unknown {
  if (isTooMuchJson(text, MOST_LEVELS)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
