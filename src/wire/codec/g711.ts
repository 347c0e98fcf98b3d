/**
 * G.711 (ITU-T, 1988): one octet a sample, A-law (PCMA) or mu-law (PCMU), to and from linear 16 bit. By tables, since each sample of each
 * call goes through here.
 */
export interface Law {
  /** Linear value of each octet. */
  readonly linear: Int16Array
  /** Octet of each linear value, found at `value & 0xffff`. */
  readonly octets: Uint8Array
  /** The octet of the quietest sample. */
  readonly silence: number
}

const MULAW_BIAS = 132
const MULAW_CLIP = 32_635

function fromAlaw(octet: number): number {
  const code = octet ^ 0x55
  const segment = (code >> 4) & 7
  const step = ((code & 15) << 4) + 8
  const value = segment === 0 ? step : (step + 256) << (segment - 1)
  return (code & 0x80) === 0 ? -value : value
}

function fromMulaw(octet: number): number {
  const code = ~octet & 0xff
  const value = ((((code & 15) << 3) + MULAW_BIAS) << ((code >> 4) & 7)) - MULAW_BIAS
  return (code & 0x80) === 0 ? value : -value
}

// A-law's decision values lie between steps of 16, and -1 belongs to the first step below zero: hence the complement.
function toAlaw(value: number): number {
  const sign = value >= 0 ? 0x80 : 0
  const size = value >= 0 ? value : ~value
  const segment = Math.max(0, 24 - Math.clz32(size))
  const step = segment === 0 ? size >> 4 : (size >> (segment + 3)) & 15
  return (sign | (segment << 4) | step) ^ 0x55
}

function toMulaw(value: number): number {
  const sign = value < 0 ? 0x80 : 0
  const size = Math.min(Math.abs(value), MULAW_CLIP) + MULAW_BIAS
  const segment = 24 - Math.clz32(size)
  return ~(sign | (segment << 4) | ((size >> (segment + 3)) & 15)) & 0xff
}

function lawOf(decode: (octet: number) => number, encode: (value: number) => number): Law {
  const linear = Int16Array.from({ length: 256 }, (_, octet) => decode(octet))
  const octets = Uint8Array.from({ length: 65_536 }, (_, value) => encode((value << 16) >> 16))
  return { linear, octets, silence: octets[0]! }
}

export const laws: Readonly<Record<'PCMA' | 'PCMU', Law>> = {
  PCMA: lawOf(fromAlaw, toAlaw),
  PCMU: lawOf(fromMulaw, toMulaw),
}

/** Writes the octets of `samples` to `target`, from `at` on. */
export function encode(law: Law, samples: Int16Array, target: Uint8Array, at: number): void {
  const { octets } = law
  for (let index = 0; index < samples.length; index++) target[at + index] = octets[samples[index]! & 0xffff]!
}
