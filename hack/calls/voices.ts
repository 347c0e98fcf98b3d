/** What our callers say: a human voice, cut and joined from recordings of one person, and a synthesised one. */
import { fetchRecordings } from '../speech/recordings.ts'
import { join, loadSound, loudness, SAMPLE_RATE, silence } from './sound.ts'

/** A name of a recording, or a part of one: from and to, in seconds. */
export type Piece = string | { name: string; from: number; to: number }

const FRAME = 160
const QUIET_RMS = 200
/** Left before and after the sound. */
const MARGIN = 400
const BETWEEN_SECONDS = 0.05
/** A telephone sends what is quiet, too: without it a recogniser loses the last consonant. */
const AFTER = silence(0.2)

/** Takes pieces of Debian's French recordings (fr-CA, one woman) and joins them to what a caller says. */
export async function humanVoice(): Promise<(...pieces: Piece[]) => Int16Array> {
  const files = new Map((await fetchRecordings()).map(({ name, file }) => [name, file]))
  const load = (name: string) => {
    const file = files.get(name)
    if (file === undefined) throw new Error(`there is no recording ${name}`)
    return loadSound(file)
  }
  const cut = (piece: Piece) =>
    typeof piece === 'string'
      ? trim(load(piece))
      : load(piece.name).slice(piece.from * SAMPLE_RATE, piece.to * SAMPLE_RATE)
  return (...pieces) => join(...pieces.flatMap((piece) => [cut(piece), silence(BETWEEN_SECONDS)]), AFTER)
}

/** Without the silence before and after. */
function trim(samples: Int16Array): Int16Array {
  const isQuiet = (at: number) => loudness(samples.subarray(at, at + FRAME)) < QUIET_RMS
  let [begin, end] = [0, samples.length]
  while (begin + FRAME < end && isQuiet(begin)) begin += FRAME
  while (end - FRAME > begin && isQuiet(end - FRAME)) end -= FRAME
  return samples.slice(Math.max(0, begin - MARGIN), end + MARGIN)
}
