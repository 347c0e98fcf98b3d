/** WAV files (RIFF, Microsoft's Multimedia Programming Interface 1.0) of linear 16 bit samples, one channel. */
export interface Wav {
  /** Samples a second. */
  readonly sampleRate: number
  readonly samples: Int16Array
}

const HEADER = 44
const LINEAR = 1
/** WAVE_FORMAT_EXTENSIBLE: the real format stands in the first two octets of a GUID. */
const EXTENSIBLE = 0xfffe
/** Before the samples. A file has two or three: each is read, be it of no octet. */
const MOST_CHUNKS = 64

/** @throws Error that says what is wrong with the file, in words for the one who sent it */
export function readWav(bytes: Uint8Array): Wav {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('it is no WAV file: send RIFF/WAVE with linear 16 bit samples')
  }
  let sampleRate: number | undefined
  for (let at = 12, chunks = 0; at + 8 <= file.length; chunks++) {
    if (chunks === MOST_CHUNKS)
      throw new Error(`the WAV file has ${MOST_CHUNKS} chunks before its samples: leave some out`)
    const name = file.toString('latin1', at, at + 4)
    const size = file.readUInt32LE(at + 4)
    const body = file.subarray(at + 8, at + 8 + size)
    if (name === 'fmt ') sampleRate = readFormat(body)
    if (name === 'data') {
      if (sampleRate === undefined) throw new Error('the WAV file tells its format after its samples: write fmt first')
      return { sampleRate, samples: toSamples(body) }
    }
    at += 8 + size + (size % 2) // chunks begin at even places
  }
  throw new Error('the WAV file has no samples: it lacks a data chunk')
}

function readFormat(body: Buffer): number {
  if (body.length < 16) throw new Error('the format of the WAV file is cut off')
  const tag = body.readUInt16LE(0)
  const format = tag === EXTENSIBLE && body.length >= 26 ? body.readUInt16LE(24) : tag
  const [channels, sampleRate, bits] = [body.readUInt16LE(2), body.readUInt32LE(4), body.readUInt16LE(14)]
  if (format !== LINEAR || bits !== 16) throw new Error('the WAV file is not linear 16 bit: convert it')
  if (channels !== 1) throw new Error(`the WAV file has ${channels} channels: mix them to one`)
  return sampleRate
}

/** Samples of little-endian octets; an odd octet at the end is left out. */
export function toSamples(body: Uint8Array): Int16Array {
  const samples = new Int16Array(body.length >> 1)
  const octets = Buffer.from(samples.buffer)
  octets.set(body.subarray(0, octets.length))
  inLittleEndian(octets)
  return samples
}

/** The samples as little-endian octets. */
export const toOctets = (samples: Int16Array): Buffer => inLittleEndian(Buffer.copyBytesFrom(samples))

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** From the order of octets of this machine to that of the file, in place; and back. */
const inLittleEndian = (octets: Buffer): Buffer => (isLittleEndian ? octets : octets.swap16())

export function writeWav({ sampleRate, samples }: Wav): Buffer {
  const header = Buffer.alloc(HEADER)
  const size = samples.length * 2
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(HEADER - 8 + size, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(LINEAR, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(size, 40)
  return Buffer.concat([header, toOctets(samples)])
}
