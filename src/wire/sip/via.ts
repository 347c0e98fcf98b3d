import { isToken } from './grammar.ts'
import { parseHostPort } from './host.ts'
import { parseParams, writeParams, type Param } from './params.ts'

/** One hop of a Via header field (RFC 3261 20.42). */
export interface Via {
  /** UDP, TCP, TLS, SCTP, WS..., in upper case. */
  readonly transport: string
  /** As in a URI: an IPv6 address keeps its brackets. */
  readonly host: string
  readonly port?: number
  readonly params: readonly Param[]
}

const PROTOCOL = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([^ \t/]+)[ \t]+/i

/** The branch of an element that follows RFC 3261 begins with this (8.1.1.7). */
export const magicCookie = 'z9hG4bK'

/** Reads one hop; a list is split before. Undefined: malformed, or another version of SIP. */
export function parseVia(text: string): Via | undefined {
  const protocol = PROTOCOL.exec(text)
  if (protocol === null || !isToken(protocol[1]!)) return undefined
  const start = protocol[0].length
  const semicolon = text.indexOf(';', start)
  const hostport = parseHostPort(semicolon < 0 ? text.slice(start) : text.slice(start, semicolon))
  const params = semicolon < 0 ? [] : parseParams(text, semicolon)
  if (hostport === undefined || params === undefined) return undefined
  return { transport: protocol[1]!.toUpperCase(), ...hostport, params }
}

export function writeVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`
  return `SIP/2.0/${via.transport} ${via.host}${port}${writeParams(via.params)}`
}
