import { isToken, trimSpace } from './grammar.ts'
import type { SipLimits } from './limits.ts'
import type { Header, SipFault, SipMessage, SipRequest } from './message.ts'
import { readName } from './header-names.ts'

/** A message whose body is still to come. */
export interface Head {
  readonly kind: 'head'
  /** With an empty body. */
  readonly message: SipMessage
  /** Content-Length; undefined if the header field is missing. */
  readonly contentLength: number | undefined
}

const NO_BODY = Buffer.alloc(0)
const VERSION = /^SIP\/(\d+)\.(\d+)$/i
// `s`: U+2028 and U+2029, which "." would leave out, may stand in a reason.
const STATUS_LINE = /^SIP\/2\.0 (\d+)(?: (.*))?$/is
// CR and LF alone end no line here: a peer that thinks so would see other header fields than we do.
const STRAY = /\r(?!\n)|(?<!\r)\n/

/**
 * Reads a start line and its header fields (RFC 3261 7). A head that isn't well formed gives a fault, which carries what is
 * needed to answer a request with it. Header values are not looked into: `parseVia`, `parseAddress` and their like do that.
 * @param octets from the start line up to and with the last CRLF before the empty line
 */
export function parseHead(octets: Buffer, limits: SipLimits): Head | SipFault {
  const { text, charset } = decode(octets)
  const lineEnd = text.indexOf('\r\n')
  const line = text.slice(0, lineEnd)
  const isTorn = STRAY.test(text)
  const found = readFields(text, lineEnd + 2, limits.headers)
  // A value with a line break would become a field of its own where it is copied into an answer.
  if (isTorn) found.headers = found.headers.filter(({ value }) => !/[\r\n]/.test(value))
  const start = readStartLine(line, { headers: found.headers, body: NO_BODY, charset })
  const request = requestOf(start)
  const fault = (status: SipFault['status'], because: string): SipFault => ({ kind: 'fault', status, because, request })
  if (start === undefined) return fault(400, 'the start line is not one of SIP')
  if (line.length > limits.startLineOctets) return fault(414, 'the start line is too long')
  if (start.kind === 'fault') return start
  if (found.malformed !== undefined) return fault(400, found.malformed)
  if (isTorn) return fault(400, 'a CR or LF stands alone')
  if (found.tooMany) return fault(513, 'there are too many header fields')
  const length = contentLength(found.headers)
  if (length === 'malformed') return fault(400, 'Content-Length is not one number from 0 up')
  if (length !== undefined && length > limits.bodyOctets) return fault(513, 'the body is too large')
  return { kind: 'head', message: start, contentLength: length }
}

function decode(octets: Buffer): { text: string; charset: 'utf8' | 'latin1' } {
  const text = octets.toString('utf8')
  // U+FFFD stands for what isn't UTF-8, unless the sender wrote that very letter.
  const isLossless = !text.includes('\ufffd') || Buffer.from(text).equals(octets)
  return isLossless ? { text, charset: 'utf8' } : { text: octets.toString('latin1'), charset: 'latin1' }
}

function requestOf(start: SipMessage | SipFault | undefined): SipRequest | undefined {
  if (start?.kind === 'fault') return start.request
  return start?.kind === 'request' ? start : undefined
}

type Rest = Pick<SipMessage, 'headers' | 'body' | 'charset'>

function readStartLine(line: string, rest: Rest): SipMessage | SipFault | undefined {
  if (/^SIP\//i.test(line)) return readStatusLine(line, rest)
  // By hand: a pattern with two runs of spaces would take quadratic time on a line of spaces.
  const trimmed = trimSpace(line)
  const first = trimmed.indexOf(' ')
  const last = trimmed.lastIndexOf(' ')
  const version = VERSION.exec(trimmed.slice(last + 1))
  if (version === null || first < 1) return undefined
  const method = trimmed.slice(0, first)
  const uri = trimmed.slice(first + 1, last)
  const request: SipRequest = { kind: 'request', method, uri, ...rest }
  if (version[1] !== '2' || version[2] !== '0') {
    return { kind: 'fault', status: 505, because: 'the version is not SIP/2.0', request }
  }
  // Exactly one space between the three, none behind (RFC 3261 7.1; RFC 4475 3.1.2.8 to 3.1.2.10).
  if (trimmed.length !== line.length || uri === '' || /\s/.test(uri) || !isToken(method)) {
    return { kind: 'fault', status: 400, because: 'the request line is malformed', request }
  }
  return request
}

function readStatusLine(line: string, rest: Rest): SipMessage | undefined {
  const parts = STATUS_LINE.exec(line)
  const status = Number(parts?.[1])
  if (parts === null || status < 100 || status > 699) return undefined
  return { kind: 'response', status, reason: parts[2] ?? '', ...rest }
}

/** Reads fields up to the end; one that is malformed is left out and named, the rest is still read so that a request can be answered. */
function readFields(
  text: string,
  from: number,
  most: number,
): { headers: Header[]; malformed?: string; tooMany: boolean } {
  const headers: Header[] = []
  let malformed: string | undefined
  let at = from
  while (at < text.length && headers.length < most) {
    let end = text.indexOf('\r\n', at)
    if (end < 0) end = text.length
    let folded = false
    while (isSpace(text.charCodeAt(end + 2))) {
      folded = true
      const next = text.indexOf('\r\n', end + 2)
      end = next < 0 ? text.length : next
    }
    const field = readField(text, at, end, folded)
    if (field === undefined) malformed ??= 'a header field is malformed'
    else headers.push(field)
    at = end + 2
  }
  return { headers, malformed, tooMany: at < text.length }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function readField(text: string, from: number, to: number, folded: boolean): Header | undefined {
  const colon = text.indexOf(':', from)
  if (colon < 0 || colon >= to) return undefined
  const name = isSpace(text.charCodeAt(colon - 1)) ? trimSpace(text.slice(from, colon)) : text.slice(from, colon)
  const id = readName(name)
  if (id === undefined) return undefined
  const raw = text.slice(colon + 1, to)
  // Folding counts as one space (RFC 3261 7.3.1).
  const value = trimSpace(folded ? raw.split('\r\n').map(trimSpace).join(' ') : raw)
  return { name, id, value }
}

function contentLength(headers: readonly Header[]): number | undefined | 'malformed' {
  let length: number | undefined
  for (const { id, value } of headers) {
    if (id !== 'content-length') continue
    if (length !== undefined || !/^\d{1,10}$/.test(value)) return 'malformed'
    length = Number(value)
  }
  return length
}
