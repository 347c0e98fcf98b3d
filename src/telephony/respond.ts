import { createHmac } from 'node:crypto'
import type { Header, SipRequest, SipResponse } from '../wire/sip/message.ts'
import { splitList } from '../wire/sip/grammar.ts'
import { param, type Param } from '../wire/sip/params.ts'
import { field } from '../wire/sip/serialise.ts'
import { parseVia, writeVia } from '../wire/sip/via.ts'
import type { Body, Peer } from './call.ts'
import { reasons } from './reason-phrases.ts'

/** Where a request came from, as the socket tells it. */
export type Source = Pick<Peer, 'address' | 'port'>

export interface ResponseParts {
  readonly status: number
  readonly headers?: readonly Header[]
  readonly body?: Body
  /** For the To of every response but 100, unless the request's To has one (RFC 3261 8.2.6.2). */
  readonly toTag: string
}

const copied: ReadonlySet<string> = new Set(['via', 'from', 'to', 'call-id', 'cseq'])

/** A response with what RFC 3261 8.2.6 copies from the request, even from one that is malformed: of what may stand once, the first. */
export function respond(request: SipRequest, source: Source, parts: ResponseParts): SipResponse {
  const headers: Header[] = []
  const seen = new Set<string>()
  for (const field of request.headers) {
    if (!copied.has(field.id) || (seen.has(field.id) && field.id !== 'via')) continue
    if (field.id === 'via') {
      headers.push(seen.has('via') ? field : { ...field, value: markSource(field.value, source) })
    } else if (field.id === 'to' && parts.status !== 100 && !hasTag(field.value)) {
      headers.push({ ...field, value: `${field.value};tag=${parts.toTag}` })
    } else {
      headers.push(field)
    }
    seen.add(field.id)
  }
  headers.push(...(parts.headers ?? []))
  if (parts.body !== undefined) headers.push(field('Content-Type', parts.body.type))
  const body = Buffer.from(parts.body?.content ?? [])
  const reason = reasons[parts.status] ?? 'Unknown'
  return { kind: 'response', status: parts.status, reason, headers, body, charset: request.charset }
}

// Looks for the parameter, not for the values: a To that can't be read must still not get a second tag.
function hasTag(to: string): boolean {
  return /;[ \t]*tag[ \t]*=/i.test(to.slice(to.lastIndexOf('>') + 1))
}

/** Writes where the request really came from into its topmost Via (RFC 3261 18.2.1, RFC 3581 4). */
function markSource(value: string, { address, port }: Source): string {
  const [first = '', ...others] = splitList(value) ?? [value]
  const via = parseVia(first)
  if (via === undefined) return value
  const wantsPort = param(via.params, 'rport') === ''
  const isSame = via.host === address || via.host === `[${address}]`
  if (isSame && !wantsPort) return value
  const kept = via.params.filter(([name]) => name !== 'received' && name !== 'rport')
  const params: Param[] = [...kept, ['received', address]]
  if (wantsPort) params.push(['rport', String(port)])
  return [writeVia({ ...via, params }), ...others].join(', ')
}

/**
 * The To tag of a UAS that keeps no state: the same for the same request, so that a repeated one gets the same answer
 * (RFC 3261 8.2.7), and not to be guessed (19.3).
 */
export function statelessTag(secret: Buffer, request: SipRequest): string {
  const hash = createHmac('sha256', secret)
  for (const { id, value } of request.headers) if (copied.has(id)) hash.update(`${id}:${value}\n`)
  return hash.digest('base64url').slice(0, 16)
}
