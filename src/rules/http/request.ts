/** What an operation of a client's web service is sent, made from what a dialog gives it. */
import type { z } from 'zod'
import { isReservedHeader, type httpSchema } from '../../api/integration-http.ts'

export type Http = z.output<typeof httpSchema>
export type Endpoint = Http['endpoints'][number]
export type Operation = Http['operations'][number]
type Input = Operation['input'][number]

export interface OperationRequest {
  readonly method: Operation['method']
  /** With its query; it goes after the path of the endpoint's url. */
  readonly path: string
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Why nothing is sent. Names only, never a value: it may go to a log. */
export interface Refusal {
  readonly refusal: string
}

/** Octets that web servers take in their usual settings: 8,000 for the request line and each header, at least (RFC 9112 3). */
const LONGEST = { path: 4_000, header: 2_000, body: 64_000 }

interface Value {
  readonly input: Input
  /** The name that the web service knows it by. */
  readonly as: string
  readonly value: string
}

/**
 * @param given values by name, as the step of the dialog has them; what the operation doesn't declare is left out
 * @param key the same in every try of one call; sent where the operation has an idempotency key
 */
export function requestOf(
  operation: Operation,
  given: Readonly<Record<string, string>>,
  key: string,
): OperationRequest | Refusal {
  const values = valuesOf(operation, given)
  const at = (place: Input['in']) => values.filter(({ input }) => input.in === place)
  const path = fill(operation.path, at('Path')) + query(at('Query'))
  const headers = headersOf(operation, at('Header'), key)
  const body = operation.input.some((input) => input.in === 'Body')
    ? { body: JSON.stringify(Object.fromEntries(at('Body').map(({ as, value }) => [as, value]))) }
    : {}
  const request = { method: operation.method, path, headers, ...body }
  const refusal = missing(operation, values) ?? astray(at('Path')) ?? tooLong(request)
  return refusal === undefined ? request : { refusal }
}

function valuesOf({ input: inputs }: Operation, given: Readonly<Record<string, string>>): Value[] {
  return inputs.flatMap((input) => {
    const value = Object.hasOwn(given, input.name) ? given[input.name]!.toWellFormed() : ''
    return value === '' ? [] : [{ input, as: input.as ?? input.name, value }]
  })
}

/** What stands in a path can't be left out, whatever the operation says. */
function missing({ input: inputs }: Operation, values: readonly Value[]): string | undefined {
  const found = new Set(values.map(({ input }) => input.name))
  const lacking = inputs.find(({ name, in: place, required }) => {
    return !found.has(name) && (place === 'Path' || required === 'Required')
  })
  return lacking && `its input ${lacking.name} has no value`
}

/** A caller's words must not lead to another path: `.` and `..` survive the encoding. */
function astray(values: readonly Value[]): string | undefined {
  const found = values.find(({ value }) => /^\.{1,2}$/.test(value))
  return found && `its input ${found.input.name} would lead to another path`
}

function tooLong({ path, headers, body = '' }: OperationRequest): string | undefined {
  if (path.length > LONGEST.path) return `its path would be longer than ${LONGEST.path} octets`
  if (Object.values(headers).some(({ length }) => length > LONGEST.header))
    return `a header would be longer than ${LONGEST.header} octets`
  if (Buffer.byteLength(body) > LONGEST.body) return `its body would be longer than ${LONGEST.body} octets`
  return undefined
}

/** In one pass: a value that looks like {another} stays what it is. */
function fill(path: string, values: readonly Value[]): string {
  const encoded = new Map(values.map(({ input, value }) => [input.name, encodeURIComponent(value)]))
  return path.replace(/\{([^{}]*)\}/g, (_, name: string) => encoded.get(name) ?? '')
}

function query(values: readonly Value[]): string {
  const pairs = values.map(({ as, value }) => `${encodeURIComponent(as)}=${encodeURIComponent(value)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function headersOf(operation: Operation, values: readonly Value[], key: string): Record<string, string> {
  const given = values.filter(({ as }) => !isReservedHeader(as))
  return {
    ...Object.fromEntries(given.map(({ as, value }) => [as.toLowerCase(), headerValue(value)])),
    accept: 'application/json',
    ...(operation.input.some((input) => input.in === 'Body') ? { 'content-type': 'application/json' } : {}),
    ...(operation.idempotency === 'IdempotencyKey' ? { 'idempotency-key': key } : {}),
  }
}

/** Headers are ASCII (RFC 9110 5.5): all else is percent-encoded UTF-8, and so no value can begin a line of its own. */
const headerValue = (value: string) => value.replace(/[^\x20-\x7e]+/g, encodeURIComponent).trim()
