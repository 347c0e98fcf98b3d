import { parseHostPort } from './host.ts'

/** A `sip:` or `sips:` URI (RFC 3261 19.1). Every part stays escaped as it was written; `unescape` opens one. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user: string | undefined
  readonly password: string | undefined
  readonly host: string
  readonly port: number | undefined
  /** Names in lower case as far as they aren't escaped. */
  readonly params: readonly (readonly [name: string, value?: string])[]
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Any other URI, of which only the scheme is understood. */
export interface OtherUri {
  readonly scheme: string
  readonly opaque: string
}

const SPACE = /\s/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/
const ABSOLUTE = /^(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,[\]#]|%[0-9A-Fa-f]{2})+$/
const USER = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+$/
const PASSWORD = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*$/
const PARAM = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/
const HEADER_NAME = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$]|%[0-9A-Fa-f]{2})+$/
const HEADER_VALUE = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$=]|%[0-9A-Fa-f]{2})*$/

/** Undefined: malformed. `#` is read in the user part, where telephone keypads put it, though RFC 3261 would have it escaped. */
export function parseUri(text: string): SipUri | OtherUri | undefined {
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  const scheme = text.slice(0, colon).toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, text.slice(colon + 1))
  const opaque = text.slice(colon + 1)
  return SCHEME.test(scheme) && ABSOLUTE.test(opaque) ? { scheme, opaque } : undefined
}

export function isSipUri(uri: SipUri | OtherUri): uri is SipUri {
  return 'host' in uri
}

const NO_PARAMS: SipUri['params'] = []
const NO_HEADERS: SipUri['headers'] = []

function parseSip(scheme: 'sip' | 'sips', text: string): SipUri | undefined {
  // '@' stands nowhere else unescaped, while the user part may hold ';' and '?' (RFC 4475 3.1.1.9).
  const at = text.indexOf('@')
  const question = text.indexOf('?', at + 1)
  const end = question < 0 ? text.length : question
  const semicolon = text.indexOf(';', at + 1)
  const placeEnd = semicolon < 0 || semicolon > end ? end : semicolon
  const place = text.slice(at + 1, placeEnd)
  const hostport = SPACE.test(place) ? undefined : parseHostPort(place)
  const params = placeEnd === end ? NO_PARAMS : parseUriParams(text.slice(placeEnd + 1, end))
  const headers = question < 0 ? NO_HEADERS : parseUriHeaders(text.slice(question + 1))
  if (hostport === undefined || params === undefined || headers === undefined) return undefined
  const { host, port } = hostport
  if (at < 0) return { scheme, user: undefined, password: undefined, host, port, params, headers }
  const colon = text.indexOf(':')
  const hasPassword = colon >= 0 && colon < at
  const user = text.slice(0, hasPassword ? colon : at)
  const password = hasPassword ? text.slice(colon + 1, at) : undefined
  if (!USER.test(user) || (password !== undefined && !PASSWORD.test(password))) return undefined
  return { scheme, user, password, host, port, params, headers }
}

function parseUriParams(text: string): SipUri['params'] | undefined {
  const params: [string, string?][] = []
  for (const piece of text.split(';')) {
    const [name = '', value] = splitOnce(piece, '=')
    if (!PARAM.test(name) || (value !== undefined && !PARAM.test(value))) return undefined
    params.push(value === undefined ? [name.toLowerCase()] : [name.toLowerCase(), value])
  }
  return params
}

function parseUriHeaders(text: string): SipUri['headers'] | undefined {
  const headers: [string, string][] = []
  for (const piece of text.split('&')) {
    const [name = '', value] = splitOnce(piece, '=')
    if (value === undefined || !HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) return undefined
    headers.push([name, value])
  }
  return headers
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** The text of a URI: what was read, but for the case of its scheme and of its parameters' names. */
export function writeUri(uri: SipUri | OtherUri): string {
  if (!isSipUri(uri)) return `${uri.scheme}:${uri.opaque}`
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`
  const port = uri.port === undefined ? '' : `:${uri.port}`
  const params = uri.params.map(([name, value]) => (value === undefined ? `;${name}` : `;${name}=${value}`)).join('')
  const headers = uri.headers.map(([name, value]) => `${name}=${value}`).join('&')
  return `${uri.scheme}:${user}${uri.host}${port}${params}${headers === '' ? '' : `?${headers}`}`
}

/** Opens %-escapes; octets that aren't UTF-8 become U+FFFD. For people and comparisons, never to be written back into a URI. */
export function unescape(text: string): string {
  if (!text.includes('%')) return text
  return Buffer.from(
    text.replace(/%([0-9A-Fa-f]{2})|[^%]+|%/g, (part, hex?: string) =>
      hex === undefined ? Buffer.from(part).toString('latin1') : String.fromCharCode(parseInt(hex, 16)),
    ),
    'latin1',
  ).toString('utf8')
}
