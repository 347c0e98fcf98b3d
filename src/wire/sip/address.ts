import { isToken, quotedEnd, skipSpace, trimSpace, unquote } from './grammar.ts'
import { parseParams, type Param } from './params.ts'
import { parseUri, type OtherUri, type SipUri } from './uri.ts'

/** What From, To, Contact, Route and their like hold: name-addr or addr-spec, then parameters (RFC 3261 20.10). */
export interface Address {
  /** The display name as a person reads it. */
  readonly display?: string
  readonly uri: SipUri | OtherUri
  readonly params: readonly Param[]
}

/** Reads one address. Undefined: malformed. */
export function parseAddress(text: string): Address | undefined {
  const open = openingBracket(text)
  if (open === undefined) return undefined
  if (open < 0) return bareAddress(text)
  const close = text.indexOf('>', open)
  if (close < 0) return undefined
  const display = displayName(trimSpace(text.slice(0, open)))
  const uri = parseUri(text.slice(open + 1, close))
  const params = parseParams(text, close + 1)
  if (display === undefined || uri === undefined || params === undefined) return undefined
  return display === '' ? { uri, params } : { display, uri, params }
}

/** Where `<` stands, outside of a quoted display name; -1: nowhere; undefined: a quote never closes (RFC 4475 3.1.2.6). */
function openingBracket(text: string): number | undefined {
  if (!text.startsWith('"')) return text.indexOf('<')
  const end = quotedEnd(text, 0)
  if (end < 0) return undefined
  const next = skipSpace(text, end)
  return text.charCodeAt(next) === 0x3c ? next : undefined
}

/** display-name = *(token LWS) / quoted-string */
function displayName(text: string): string | undefined {
  if (text.startsWith('"')) return unquote(text)
  if (text === '') return ''
  const words = text.split(/[ \t]+/)
  return words.every(isToken) ? words.join(' ') : undefined
}

/** Without brackets a semicolon begins the header's parameters, and neither comma nor question mark may stand in the URI (RFC 3261 20.10). */
function bareAddress(text: string): Address | undefined {
  const semicolon = text.indexOf(';')
  const spec = trimSpace(semicolon < 0 ? text : text.slice(0, semicolon))
  if (spec.includes('?') || spec.includes(',')) return undefined
  const uri = parseUri(spec)
  const params = semicolon < 0 ? [] : parseParams(text, semicolon)
  return uri === undefined || params === undefined ? undefined : { uri, params }
}
