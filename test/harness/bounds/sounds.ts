import { writeWav } from '../../../src/wire/wav.ts'

/** A file of WAV that has nothing but chunks without octets. @param length octets, a multiple of 8 and 4 more */
export function wavOfChunks(length: number): Buffer {
  const file = Buffer.alloc(length)
  file.write('RIFF____WAVE', 0, 'latin1')
  for (let at = 12; at + 4 <= length; at += 8) file.write('junk', at, 'latin1')
  return file
}

/** Octets of an answer that a provider may send at most, as src/voice/speech/http-client.ts has it. */
const LONGEST = 16_000_000

function silence(sampleRate: number, octets = LONGEST): Buffer {
  const file = writeWav({ sampleRate: 8_000, samples: new Int16Array((octets - 44) / 2) })
  file.writeUInt32LE(sampleRate, 24)
  return file
}

/** The longest answers of a provider that speaks, each made to be much work. */
export const SOUNDS: Readonly<Record<string, () => Buffer>> = {
  'at 48 kHz': () => silence(48_000),
  'at 44.1 kHz': () => silence(44_100),
  'at 24 kHz': () => silence(24_000),
  'at 11.025 kHz': () => silence(11_025),
  'at 8 kHz': () => silence(8_000),
  'at a rate that has no divisor in common with ours': () => silence(47_981),
  'at a rate of four thousand million': () => silence(4_294_967_291, 1_000),
  'at a sample a second': () => silence(1, 1_000),
  'of chunks without octets': () => wavOfChunks(LONGEST),
}
