/** A telephone connection in memory: what goes in at one end comes out at the other, late, coarse, noisy and with holes. */
import type { AudioCheck, Ending, Heard } from '../../src/caller/judge/audio-check.ts'
import { encode, laws } from '../../src/wire/codec/g711.ts'

const FRAME = 160
const SAMPLES_PER_MS = 8

export interface SoundPath {
  /** Milliseconds, for each frame of 20 ms. */
  delay(frame: number): number
  /** Which laws of G.711 it passes, one after the other. */
  laws: readonly ('PCMA' | 'PCMU')[]
  /** Height of white noise, 0 to 32767. */
  noise: number
  /** Frames that do not come. */
  isLost(frame: number): boolean
  /** What comes in place of an echo, sample by sample. */
  plays?: (sample: number) => number
}

export const clear: SoundPath = { delay: () => 100, laws: ['PCMA'], noise: 0, isLost: () => false }

const LONGEST_FRAMES = 1_500

/** Lets a check speak and listen until it is done, or for half a minute. */
export function runCheck(
  check: AudioCheck,
  path: SoundPath,
  o: { ending?: Ending; heard?: Partial<Heard>; frames?: number } = {},
) {
  const spoken = new Int16Array(LONGEST_FRAMES * FRAME)
  const heard = new Int16Array(FRAME)
  const chance = noiseOf(1)
  const most = o.frames ?? LONGEST_FRAMES
  let frame = 0
  for (; frame < most && !check.isDone; frame++) {
    const late = Math.round(path.delay(frame) * SAMPLES_PER_MS)
    for (let at = 0; at < FRAME; at++) {
      const sample = frame * FRAME + at
      const clean = path.plays?.(sample) ?? spoken[sample - late] ?? 0
      heard[at] = Math.max(-32_768, Math.min(32_767, clean + path.noise * (2 * chance() - 1)))
    }
    for (const law of path.laws) through(law, heard)
    const out = check.tick(frame * 20, path.isLost(frame) ? undefined : heard, true)
    if (out !== undefined) spoken.set(out, frame * FRAME)
  }
  const finding = check.judge(o.ending ?? (check.isDone ? 'Done' : 'TimeUp'), {
    ...{ packets: frame, isHeld: false, sentLost: undefined, ownDelay: 0 },
    ...o.heard,
  })
  return { finding, echo: check.echo(), tone: check.tone(), frames: frame, spoken: spoken.subarray(0, frame * FRAME) }
}

const octets = new Uint8Array(FRAME)

function through(law: 'PCMA' | 'PCMU', samples: Int16Array): void {
  encode(laws[law], samples, octets, 0)
  for (let at = 0; at < samples.length; at++) samples[at] = laws[law].linear[octets[at]!]!
}

/** Numbers from 0 to 1 that are the same in each run (xorshift). */
export function noiseOf(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
