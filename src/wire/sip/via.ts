import { skipSpace, tokenEnd } from './grammar.ts'
import { parseHostPort } from './host.ts'
import { parseParams, writeParams, type Param } from './params.ts'

/** One hop of a Via header field (RFC 3261 20.42). */
export interface Via {
  /** UDP, TCP, TLS, SCTP, WS..., in upper case. */
  readonly transport: string
  /** As in a URI: an IPv6 address keeps its brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly params: readonly Param[]
}

const USUAL = 'SIP/2.0/'
const SPACED = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*/i
const NONE: readonly Param[] = []

/** The branch of an element that follows RFC 3261 begins with this (8.1.1.7). */
export const magicCookie = 'z9hG4bK'

/** Reads one hop; a list is split before. Undefined: malformed, or another version of SIP. */
export function parseVia(text: string): Via | undefined {
  const from = text.startsWith(USUAL) ? USUAL.length : SPACED.exec(text)?.[0].length
  if (from === undefined) return undefined
  const end = tokenEnd(text, from)
  const start = skipSpace(text, end)
  if (end === from || start === end) return undefined
  const semicolon = text.indexOf(';', start)
  const place = parseHostPort(text.slice(start, semicolon < 0 ? text.length : semicolon))
  const params = semicolon < 0 ? NONE : parseParams(text, semicolon)
  if (place === undefined || params === undefined) return undefined
  return { transport: text.slice(from, end).toUpperCase(), host: place.host, port: place.port, params }
}

export function writeVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`
  return `SIP/2.0/${via.transport} ${via.host}${port}${writeParams(via.params)}`
}
