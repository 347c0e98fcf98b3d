/** What an answer of a client's web service means to the dialog that asked. */
import type { Operation } from './request.ts'

export interface OperationEnd {
  /** One that the operation declares, Done, or Failed. */
  readonly outcome: string
  readonly output: Readonly<Record<string, string>>
}

export const FAILED: OperationEnd = { outcome: 'Failed', output: {} }

/** The endpoint is not fit to answer, in words that hold nothing of the answer: another one may do better. */
export interface Unusable {
  readonly unusable: string
}

/** Statuses below 500 that concern the endpoint, or our right to ask it, and nothing of what was asked. */
const NO_ANSWER = new Set([401, 403, 407, 408, 421, 425, 429])
/** Characters. More can't be spoken, and half of an identifier is a wrong one: longer values are left out. */
const LONGEST_VALUE = 500

/** The web service has spoken, be it by Failed; or this endpoint was not able to. */
export function readAnswer(operation: Operation, status: number, body: Uint8Array): OperationEnd | Unusable {
  const declared = operation.outcomes.find(({ statusCodes }) => statusCodes.includes(status))
  const isSuccess = status >= 200 && status < 300
  if (declared === undefined && !isSuccess) {
    const isSpoken = status >= 400 && status < 500 && !NO_ANSWER.has(status)
    return isSpoken ? FAILED : { unusable: `it answered ${status}` }
  }
  const json = operation.output.length === 0 ? undefined : parse(body)
  // Who sits before a service that is down likes to answer 200 with a page of apologies.
  if (json === undefined && operation.output.length > 0 && isSuccess && status !== 204)
    return { unusable: 'the answer is not JSON' }
  const output = operation.output.flatMap(({ name, pointer }) => {
    const value = written(at(json?.value, pointer))
    return value === undefined ? [] : [[name, value] as const]
  })
  return { outcome: declared?.name ?? 'Done', output: Object.fromEntries(output) }
}

function parse(body: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(body).toString()) as unknown }
  } catch {
    return undefined
  }
}

/** RFC 6901. Undefined: there is nothing. */
function at(value: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1)
  return names.reduce<unknown>((found, name) => {
    if (typeof found !== 'object' || found === null) return undefined
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(found) && !/^(0|[1-9]\d*)$/.test(key)) return undefined
    return Object.hasOwn(found, key) ? (found as Record<string, unknown>)[key] : undefined
  }, value)
}

/** As answers of callers are written: yes and no, numbers with a point. What is no plain value is left out. */
function written(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return undefined
  // Line breaks and the like must not go on to a voice, or into a header.
  const text = value
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return text === '' || text.length > LONGEST_VALUE ? undefined : text
}
