import { isToken } from './grammar.ts'

/** Compact forms: RFC 3261 7.3.3 and 20, RFC 3515, 3892, 3841, 4028, 6665. */
const compact: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
}

// The spellings that nearly every message uses: a look-up instead of a new lower-case string for each field.
const usual = `Via From To Call-ID CSeq Max-Forwards Contact Content-Type Content-Length Allow Supported Require Accept
  Route Record-Route User-Agent Server Expires Date Retry-After Session-Expires Min-SE Authorization
  Proxy-Authorization WWW-Authenticate Proxy-Authenticate Reason Privacy P-Asserted-Identity Subject Timestamp
  Accept-Encoding Accept-Language Content-Disposition Unsupported Warning RSeq RAck Refer-To Event`.split(/\s+/)

const ids = new Map<string, string>(usual.map((name) => [name, name.toLowerCase()]))
for (const [letter, long] of Object.entries(compact)) ids.set(letter, long).set(letter.toUpperCase(), long)

/** The id of a header field name: its long form in lower case; undefined if it is no token. Strangers' names aren't kept, so they can't fill memory. */
export function readName(name: string): string | undefined {
  return ids.get(name) ?? (isToken(name) ? name.toLowerCase() : undefined)
}

/** The id of a name that is known to be a token. */
export function idOf(name: string): string {
  return ids.get(name) ?? name.toLowerCase()
}

/** Header fields that may stand once only, with one value (RFC 3261 7.3.1 and 20: their grammar is not a list). */
const singular: ReadonlyMap<string, number> = new Map(
  [
    'call-id',
    'content-disposition',
    'content-length',
    'content-type',
    'cseq',
    'date',
    'expires',
    'from',
    'max-forwards',
    'min-expires',
    'mime-version',
    'priority',
    'refer-to',
    'reply-to',
    'retry-after',
    'session-expires',
    'subject',
    'timestamp',
    'to',
    'user-agent',
  ].map((id, place) => [id, 1 << place]),
)

/** One bit for each header field that may stand once only, 0 for all others. */
export function singularBit(id: string): number {
  return singular.get(id) ?? 0
}
