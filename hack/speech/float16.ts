/** IEEE 754 binary16, which model files are made of. */

/** Octets of half floats as octets of single ones, little endian. */
export function widen(halves: Buffer): Buffer {
  const singles = Buffer.alloc(halves.length * 2)
  for (let at = 0; at < halves.length; at += 2) singles.writeFloatLE(toNumber(halves.readUInt16LE(at)), at * 2)
  return singles
}

function toNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
