/** A stream of numbers that a seed determines, so that a finding can be repeated (xorshift32). */
export function chance(seed: number): (below: number) => number {
  let state = seed | 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

// What has meaning in SIP, so that mutations get past the first check.
const pieces = [
  ...[
    '\r\n',
    '\r\n ',
    '\r',
    '\n',
    '\r\n\r\n',
    ' ',
    '\t',
    '"',
    '\\',
    '<',
    '>',
    ';',
    ',',
    ':',
    '::',
    '=',
    '%',
    '@',
    '[',
    ']',
    '/',
    '?',
    '&',
  ],
  ...[
    '\0',
    '\u007f',
    '\ufeff',
    '\ufffd',
    '\xff',
    'SIP/2.0',
    'sip:',
    'sips:',
    'tel:+1',
    '%00',
    '%41',
    '-1',
    '4294967296',
    '99999999999999999999',
  ],
  ...[
    'Content-Length: 5\r\n',
    'l: 0\r\n',
    'Via: ',
    'v:',
    'CSeq: 1 INVITE\r\n',
    ';tag=',
    ';branch=z9hG4bK',
    ';rport',
    'Contact: *\r\n',
    '[::1]',
  ],
].map((text) => Buffer.from(text))

/** One to four random changes to one of the messages. */
export function mutate(corpus: readonly Buffer[], next: (below: number) => number): Buffer {
  let octets: Buffer = Buffer.from(corpus[next(corpus.length)]!)
  for (let left = 1 + next(4); left > 0; left--) octets = change(octets, corpus, next)
  return octets
}

function change(octets: Buffer, corpus: readonly Buffer[], next: (below: number) => number): Buffer {
  const at = next(octets.length + 1)
  const to = Math.min(octets.length, at + next(40))
  const piece = pieces[next(pieces.length)]!
  const replace = (...middle: Buffer[]) => Buffer.concat([octets.subarray(0, at), ...middle, octets.subarray(to)])
  switch (next(8)) {
    case 0: // one octet
      if (at < octets.length) octets[at] = next(256)
      return octets
    case 1:
      return replace()
    case 2:
      return replace(octets.subarray(at, to), piece)
    case 3:
      return replace(piece)
    case 4: // the same again and again, where quadratic code shows
      return replace(...Array.from({ length: 1 + next(200) }, () => octets.subarray(at, to)))
    case 5:
      return replace(...Array.from({ length: 1 + next(2_000) }, () => piece))
    case 6:
      return octets.subarray(0, at)
    default: {
      const other = corpus[next(corpus.length)]!
      return Buffer.concat([octets.subarray(0, at), other.subarray(next(other.length))])
    }
  }
}
