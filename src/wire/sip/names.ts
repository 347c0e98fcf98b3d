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

/** The id of a header field name: its long form in lower case. Names aren't remembered, so strangers can't fill memory. */
export function idOf(name: string): string {
  return ids.get(name) ?? name.toLowerCase()
}

/** Header fields that may stand once only, with one value (RFC 3261 7.3.1 and 20: their grammar is not a list). */
export const singular: ReadonlySet<string> = new Set([
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
])
