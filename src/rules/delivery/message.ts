/** The message about one call that is sent to a client. Pure. */
import type { DataClass } from '../retention/life.ts'

/** What is sent of a call, in the clear. */
export interface MessageRecord {
  readonly class: DataClass
  readonly sequence: number
  /** JSON. */
  readonly body: Buffer
}

/** From where a message is sent. A call has one of each at most. */
export type Source = 'memory' | 'store'

/** The same in each try, whoever makes it. @param call UUID */
export const messageId = (call: string, source: Source): string => `${call}-${source}`

/**
 * JSON, as octets that can be overwritten. Records that are no JSON are left out, and of CollectedFields those fields that may not leave.
 * Undefined: nothing is left.
 */
export function messageOf(o: {
  readonly call: string
  readonly policy: string
  readonly records: readonly MessageRecord[]
  /** Names of the fields that may leave. */
  readonly collect: readonly string[]
}): Buffer | undefined {
  const parts = o.records.flatMap(({ class: dataClass, sequence, body }) => {
    const content = contentOf(dataClass, body, o.collect)
    return content === undefined ? [] : [{ class: dataClass, sequence, content }]
  })
  if (parts.length === 0) return undefined
  const data = { call: o.call, policy: o.policy, records: parts }
  return Buffer.from(JSON.stringify({ type: 'call.ended', data }))
}

function contentOf(dataClass: DataClass, body: Buffer, collect: readonly string[]): object | undefined {
  const content = parse(body)
  if (content === undefined || dataClass !== 'CollectedFields') return content
  const fields = Object.entries(Object((content as { fields?: unknown }).fields) as object)
  const leaving = fields.filter(([name]) => collect.includes(name))
  return leaving.length === 0 ? undefined : { ...content, fields: Object.fromEntries(leaving) }
}

function parse(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
