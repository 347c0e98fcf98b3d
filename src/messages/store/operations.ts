/** What `records` asks of `store`: POST /v1/NAME with JSON, answered with JSON. The namespace is that of the certificate, and in no message. */
import { z } from 'zod'
import { isTooMuchJson } from '../../lib/nesting.ts'
import * as is from './fields.ts'
import { MOST_CLAIMED, MOST_EXPORTS, MOST_KEYS, MOST_RECORDS, PAGE_ROWS } from './limits.ts'

/** A message: its writer, and its reader, which ignores members that it doesn't know. */
export interface Message<T> {
  write(value: T): string
  /** @returns undefined when the text is no such message */
  read(text: string): T | undefined
}

/** A member of a row that is in a list: object, list, row, its bucket, and one for what a newer version adds. */
const MOST_LEVELS = 6

/** @param shape of the JSON, and what becomes of it @param of the JSON of a value */
function message<S extends z.ZodType<object>>(shape: S, of: (value: z.output<S>) => object): Message<z.output<S>> {
  return {
    write: (value) => JSON.stringify(of(value)),
    read(text) {
      if (isTooMuchJson(text, MOST_LEVELS)) return undefined
      const read = shape.safeParse(parse(text))
      return read.success ? read.data : undefined
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A message that needs no conversion. */
const plain = <S extends z.ZodType<object>>(shape: S) => message(shape, (value) => value)

const nothing = plain(z.object({}))
const call = plain(z.object({ call: is.uuid }))
const flag = plain(z.object({ done: z.boolean() }))

export const OPERATIONS = {
  /** Lives of the classes of a policy. Null: the policy is not known. */
  policy: {
    request: plain(z.object({ policy: is.policy })),
    answer: plain(z.object({ rules: z.array(is.classLife).max(50).nullable() })),
  },
  /** The key of a bucket: the one that is there, or the one of the request. Null: it is due, and nothing is stored in it any more. */
  bucket: {
    request: message(z.object({ bucket: is.ownBucket, fresh: is.wrapped }), ({ bucket, fresh }) => ({
      ...{ bucket: is.writeBucket(bucket), fresh: is.writeWrapped(fresh) },
    })),
    answer: message(z.object({ row: is.bucketRow.nullable() }), ({ row }) => ({ row: row && is.writeBucketRow(row) })),
  },
  /** Stores all records or none. */
  append: {
    request: message(
      z.object({ records: z.array(is.placed).min(1).max(MOST_RECORDS), delivery: is.queued.optional() }),
      ({ records, delivery }) => ({ records: records.map(is.writePlaced), delivery }),
    ),
    answer: plain(z.object({ fresh: is.count })),
  },
  /** A page of the records of a call that have not expired. */
  read: {
    request: plain(z.object({ call: is.uuid, most: z.int().min(1).max(PAGE_ROWS), after: is.place.optional() })),
    answer: message(z.object({ rows: z.array(is.recordRow).max(PAGE_ROWS), more: z.boolean() }), ({ rows, more }) => ({
      ...{ rows: rows.map(is.writeRecordRow), more },
    })),
  },
  /** Keys that are under a generation of root keys. */
  under: {
    request: plain(z.object({ generation: is.generation, most: z.int().min(1).max(MOST_KEYS) })),
    answer: message(z.object({ keys: z.array(is.keyRow).max(MOST_KEYS) }), ({ keys }) => ({
      keys: keys.map(is.writeKeyRow),
    })),
  },
  /** Puts a key under another generation. */
  rewrap: {
    request: message(z.object({ id: is.uuid, before: is.wrapped, after: is.wrapped }), ({ id, before, after }) => ({
      ...{ id, before: is.writeWrapped(before), after: is.writeWrapped(after) },
    })),
    answer: flag,
  },
  generations: { request: nothing, answer: plain(z.object({ generations: z.array(is.generation).max(MOST_KEYS) })) },
  retire: { request: plain(z.object({ generation: is.generation })), answer: flag },
  /** Deliveries that are due, which nobody else gets for so long. */
  claim: {
    request: plain(z.object({ most: z.int().min(1).max(MOST_CLAIMED), leaseMs: is.milliseconds })),
    answer: plain(z.object({ deliveries: z.array(is.claimed).max(MOST_CLAIMED) })),
  },
  postpone: { request: plain(z.object({ call: is.uuid, waitMs: is.milliseconds })), answer: nothing },
  remove: { request: call, answer: nothing },
  /** Writes down who wants to read what a legal hold covers. */
  beginExport: {
    request: plain(z.object({ policy: is.policy, hold: is.policy, askedBy: is.asker })),
    answer: plain(z.object({ id: is.uuid })),
  },
  /** A page of the records of an export, expired ones too. None: that was all. */
  readExport: {
    request: plain(z.object({ id: is.uuid, most: z.int().min(1).max(PAGE_ROWS), after: is.heldPlace.optional() })),
    answer: message(z.object({ rows: z.array(is.heldRow).max(PAGE_ROWS) }), ({ rows }) => ({
      rows: rows.map(is.writeHeldRow),
    })),
  },
  /** The newest exports. */
  exports: { request: nothing, answer: plain(z.object({ exports: z.array(is.holdExport).max(MOST_EXPORTS) })) },
  waiting: { request: nothing, answer: plain(z.object({ waiting: is.count })) },
}

export type OperationName = keyof typeof OPERATIONS
export type Request<N extends OperationName> = NonNullable<ReturnType<(typeof OPERATIONS)[N]['request']['read']>>
export type Answer<N extends OperationName> = NonNullable<ReturnType<(typeof OPERATIONS)[N]['answer']['read']>>

const PREFIX = '/v1/'

export const pathOf = (name: OperationName): string => `${PREFIX}${name}`

/** @returns undefined for a path of no operation */
export function operationAt(path: string): OperationName | undefined {
  const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : ''
  return Object.hasOwn(OPERATIONS, name) ? (name as OperationName) : undefined
}
