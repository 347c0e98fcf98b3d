/** Reads DER (ITU-T X.690 section 10), as far as revocation lists need it. Linear in the bytes; looks into nothing that is not asked for. */

/** One value. */
export interface DerValue {
  tag: number
  contents: Buffer
  /** With tag and length. */
  whole: Buffer
}

/** The values that lie one after the other. @throws RangeError when the bytes are not exactly that */
export function valuesIn(bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length; at += values.at(-1)!.whole.length) values.push(valueAt(bytes, at))
  return values
}

function valueAt(bytes: Buffer, at: number): DerValue {
  const tag = byteAt(bytes, at)
  const first = byteAt(bytes, at + 1)
  // Long form: so many bytes of length follow. More than three is 16 MiB, and no length at all is not DER.
  const more = first < 0x80 ? 0 : first - 0x80
  if ((tag & 0x1f) === 0x1f || first === 0x80 || more > 3) throw new RangeError('a tag or a length of another kind')
  let length = more === 0 ? first : 0
  for (let index = 0; index < more; index++) length = length * 256 + byteAt(bytes, at + 2 + index)
  const start = at + 2 + more
  if (start + length > bytes.length) throw new RangeError('the value is cut off')
  return { tag, contents: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('the value is cut off')
  return byte
}

/** UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 has them, in epoch milliseconds. @throws RangeError for any other */
export function timeOf({ tag, contents }: DerValue): number {
  const text = contents.toString('latin1')
  const full = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)
  if (found === null || (tag !== 0x17 && tag !== 0x18)) throw new RangeError('no time')
  const [year, month, ...rest] = found.slice(1).map(Number) as [number, number, number, number, number, number]
  return Date.UTC(year, month - 1, ...rest)
}
