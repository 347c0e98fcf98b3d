import { listed } from '../../wire/sip/list-headers.ts'
import { header, type Header, type SipMessage, type SipRequest } from '../../wire/sip/message.ts'
import { param } from '../../wire/sip/params.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodRequest, UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import { isSipUri, writeUri, type SipUri } from '../../wire/sip/uri.ts'
import { parseAddress } from '../../wire/sip/address.ts'
import type { Body, NextHop } from '../call.ts'

/** What both ends of a dialog know of it (RFC 3261 12). A value: each step gives a new one. */
export interface DialogState {
  readonly callId: string
  /** The whole From of our requests, tag and all. */
  readonly local: string
  readonly localTag: string
  /** The whole To of our requests. */
  readonly remote: string
  readonly remoteTag: string
  /** Of our last request in the dialog; 0 before the first. */
  readonly localSeq: number
  /** Of their last one; undefined before the first. */
  readonly remoteSeq: number | undefined
  /** Where the other side wants to be called. */
  readonly target: string
  /** The values of Route, nearest hop first. */
  readonly routes: readonly string[]
  /** In which the texts above are written back. */
  readonly charset: 'utf8' | 'latin1'
}

/**
 * The dialog of an INVITE that came in (RFC 3261 12.1.1). A caller of RFC 2543 may leave out Contact (RFC 4475 3.4.1): then it is called by its
 * From. Undefined: that is no SIP URI either.
 */
export function asServer(understood: UnderstoodRequest, localTag: string): DialogState | undefined {
  const { request, callId, from, cseq } = understood
  const target = targetOf(understood) ?? (isSipUri(from.uri) ? writeUri(from.uri) : undefined)
  if (target === undefined) return undefined
  return {
    callId,
    local: `${header(request, 'to')};tag=${localTag}`,
    localTag,
    remote: header(request, 'from') ?? '',
    remoteTag: param(from.params, 'tag') ?? '',
    localSeq: 0,
    remoteSeq: cseq.number,
    target,
    routes: listed(request, 'record-route'),
    charset: request.charset,
  }
}

/** The dialog that a response to our INVITE makes (RFC 3261 12.1.2). Undefined: no To tag, or no SIP Contact. */
export function asClient(invite: SipRequest, understood: UnderstoodResponse): DialogState | undefined {
  const { response, callId, from, to, cseq } = understood
  const remoteTag = param(to.params, 'tag')
  const target = targetOf(understood)
  if (remoteTag === undefined || target === undefined) return undefined
  return {
    callId,
    local: header(invite, 'from') ?? '',
    localTag: param(from.params, 'tag') ?? '',
    remote: header(response, 'to') ?? '',
    remoteTag,
    localSeq: cseq.number,
    remoteSeq: undefined,
    target,
    routes: listed(response, 'record-route').reverse(),
    charset: response.charset,
  }
}

/** The dialog after a target refresh: re-INVITE, UPDATE, or a 2xx to one of them (RFC 3261 12.2). */
export function retarget(state: DialogState, understood: UnderstoodRequest | UnderstoodResponse): DialogState {
  const target = targetOf(understood)
  return target === undefined ? state : { ...state, target }
}

/** The URI of the first Contact, if it is one of SIP. */
function targetOf({ contacts }: UnderstoodRequest | UnderstoodResponse): string | undefined {
  const uri = contacts[0]?.uri
  return uri !== undefined && isSipUri(uri) ? writeUri(uri) : undefined
}

/** The dialog by another host, which routes its requests as the nearest hop did. Without routes nothing stands between us: it stays as it is. */
export function rerouted(state: DialogState, host: string): DialogState {
  const [first, ...others] = state.routes
  const address = first === undefined ? undefined : parseAddress(first)
  if (address === undefined || !isSipUri(address.uri)) return state
  return { ...state, routes: [`<${writeUri({ ...address.uri, host })}>`, ...others] }
}

/** Whether a route is a loose router (RFC 3261 16.12); a strict one is served too. */
function isLoose(route: string): boolean {
  const uri = parseAddress(route)?.uri
  return uri !== undefined && isSipUri(uri) && param(uri.params, 'lr') !== undefined
}

export interface RequestParts {
  readonly method: string
  readonly number: number
  readonly headers?: readonly Header[]
  readonly body?: Body
}

/** A request within the dialog, without Via (RFC 3261 12.2.1.1). */
export function requestIn(state: DialogState, { method, number, headers = [], body }: RequestParts): SipRequest {
  const [first, ...others] = state.routes
  const isStrict = first !== undefined && !isLoose(first)
  const routes = isStrict ? [...others, `<${state.target}>`] : state.routes
  const firstUri = isStrict ? parseAddress(first)?.uri : undefined
  return {
    kind: 'request',
    method,
    uri: firstUri === undefined ? state.target : writeUri(firstUri),
    headers: [
      ...routes.map((route) => field('Route', route)),
      field('Max-Forwards', 70),
      field('From', state.local),
      field('To', state.remote),
      field('Call-ID', state.callId),
      field('CSeq', `${number} ${method}`),
      ...headers,
      ...(body === undefined ? [] : [field('Content-Type', body.type)]),
    ],
    body: body === undefined ? Buffer.alloc(0) : Buffer.from(body.content),
    charset: state.charset,
  }
}

/**
 * Where the next request of the dialog goes: the first route, or the target (RFC 3261 8.1.2). Undefined: it can't be read.
 * @param isSecure the dialog began over TLS, and stays there whatever transport the other side's URIs name
 */
export function nextHop(state: DialogState, isSecure: boolean): NextHop | undefined {
  const uri = parseAddress(state.routes[0] ?? `<${state.target}>`)?.uri
  return uri !== undefined && isSipUri(uri) ? hopOf(uri, isSecure) : undefined
}

const transports = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const

/** RFC 3263 4 without DNS records: the transport and the port that the URI names, or the usual ones. */
function hopOf(uri: SipUri, isSecure: boolean): NextHop {
  const named = (param(uri.params, 'transport') ?? 'udp').toLowerCase()
  const plain = named in transports ? transports[named as keyof typeof transports] : 'UDP'
  const transport = isSecure || uri.scheme === 'sips' ? 'TLS' : plain
  return { transport, host: uri.host.replace(/^\[|\]$/g, ''), port: uri.port ?? (transport === 'TLS' ? 5061 : 5060) }
}

/** What a message carries; undefined for an empty body. */
export function bodyOf(message: SipMessage): Body | undefined {
  if (message.body.length === 0) return undefined
  const type = (header(message, 'content-type') ?? '').split(';', 1)[0]!.replace(/\s/g, '').toLowerCase()
  return { type, content: message.body }
}
