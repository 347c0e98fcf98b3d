/*
 * Writes DER (ITU-T X.690 section 10), as far as certificates need it. What others send is read by OpenSSL, and the outside of revocation lists by der-reader.ts.
 */

/** Tag numbers of X.690 with the bit for constructed ones. */
const SEQUENCE = 0x30
const SET = 0x31

/** One value: tag, length in the shortest form (X.690 section 10.1), contents. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(length)]), ...parts])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff]
  throw new RangeError(`a value of ${length} bytes is longer than the 65,535 that are written here`)
}

export const sequence = (...parts: Uint8Array[]) => tagged(SEQUENCE, ...parts)
export const set = (...parts: Uint8Array[]) => tagged(SET, ...parts)
export const boolean = (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0]))
/** Two's complement, most significant byte first, as short as can be: whoever calls sees to both. */
export const integer = (bytes: Uint8Array) => tagged(0x02, bytes)
export const bitString = (bytes: Uint8Array, unusedBits = 0) => tagged(0x03, Buffer.from([unusedBits]), bytes)
export const octetString = (bytes: Uint8Array) => tagged(0x04, bytes)
export const utf8String = (text: string) => tagged(0x0c, Buffer.from(text))
/** `[n] EXPLICIT`. */
export const explicit = (n: number, value: Uint8Array) => tagged(0xa0 | n, value)
/** `[n] IMPLICIT` of a string type. */
export const implicitText = (n: number, text: string) => tagged(0x80 | n, Buffer.from(text))

/** The first two numbers share a byte; the others are written in base 128 (X.690 section 8.19). */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift(0x80 | (left % 128))
  return bytes
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5). */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\.\d+|\D/g, '')
  const isShort = at.getUTCFullYear() < 2050
  return isShort ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`))
}
