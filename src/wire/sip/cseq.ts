/** CSeq: a number below 2^31 and a method (RFC 3261 8.1.1.5, 20.16). */
export interface CSeq {
  readonly number: number
  readonly method: string
}

const CSEQ = /^(\d+)[ \t]+([A-Za-z0-9\-.!%*_+`'~]+)$/

/** Undefined: malformed or out of range (RFC 4475 3.1.2.4). */
export function parseCSeq(text: string): CSeq | undefined {
  const parts = CSEQ.exec(text)
  const number = Number(parts?.[1])
  return parts === null || number >= 2 ** 31 ? undefined : { number, method: parts[2]! }
}
