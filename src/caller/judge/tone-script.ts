/** What a test call says: a sequence of tones that no other call has, made of its seed alone. */
import { createHash } from 'node:crypto'

/**
 * Frequencies in Hz. Multiples of 50, so that each is apart from all others within a frame of 20 ms, and 100 Hz from the next; within the
 * band of a telephone; and at least 50 Hz from what telephone systems play themselves: dial, ringing and busy tones (ITU-T E.180: 400 to
 * 480, 620), the three tones before an announcement (950, 1400, 1800), fax (1100, 2100), 1000 and 2600.
 */
export const TONES: readonly number[] = [550, 1200, 1550, 1700, 1900, 2000, 2200, 2300, 2400, 2500, 2700, 2850]

export const SAMPLE_RATE = 8_000
/** Samples of a frame of 20 ms. */
export const FRAME = 160
export const FRAME_MS = 20

export interface ScriptedTone {
  /** Position in `TONES`; never that of the tone before. */
  readonly tone: number
  /** Frames of 20 ms from the beginning of the script to its own. */
  readonly from: number
  /** 8 to 12. */
  readonly frames: number
}

export interface ToneScript {
  readonly tones: readonly ScriptedTone[]
  /** Of all of it, with the pause after the last tone. */
  readonly frames: number
}

const SHORTEST_TONE = 8
const SHORTEST_PAUSE = 5
/** How many lengths there are of each. */
const LENGTHS = 5

/**
 * @param seed any text: the same one gives the same script
 * @param count 1 to 100; ten take 2.6 to 4.2 seconds
 */
export function writeScript(seed: string, count: number): ToneScript {
  const tones: ScriptedTone[] = []
  let from = 0
  let before = -1
  for (let at = 0; at < count; at++) {
    const chance = createHash('sha256').update(`${at} ${seed}`).digest()
    const others = before === -1 ? TONES.length : TONES.length - 1
    const drawn = chance.readUInt32BE(0) % others
    const tone = before !== -1 && drawn >= before ? drawn + 1 : drawn
    const frames = SHORTEST_TONE + (chance[4]! % LENGTHS)
    tones.push({ tone, from, frames })
    from += frames + SHORTEST_PAUSE + (chance[5]! % LENGTHS)
    before = tone
  }
  return { tones, frames: from }
}

/** Of the sine: 12 dB below full scale, as loud as a voice. */
const LEVEL = 8_000
/** How long a tone rises and falls: one that begins or ends at full height clicks. */
export const RAMP_MS = 5
const RAMP = (RAMP_MS * SAMPLE_RATE) / 1_000

/** Plays a script frame by frame. */
export class TonePlayer {
  private readonly script: ToneScript
  private readonly out = new Int16Array(FRAME)
  private frame = 0
  /** The next tone that has not ended. */
  private at = 0

  constructor(script: ToneScript) {
    this.script = script
  }

  get isOver(): boolean {
    return this.frame >= this.script.frames
  }

  /** The tone that begins with the next frame, if one does. */
  get begins(): ScriptedTone | undefined {
    const tone = this.script.tones[this.at]
    return tone !== undefined && tone.from === this.frame ? tone : undefined
  }

  /** The next 20 ms, used again for those after; undefined: silence. */
  next(): Int16Array | undefined {
    const frame = this.frame++
    const tone = this.script.tones[this.at]
    if (tone === undefined || frame < tone.from) return undefined
    this.write(tone, frame - tone.from)
    if (frame === tone.from + tone.frames - 1) this.at++
    return this.out
  }

  private write({ tone, frames }: ScriptedTone, part: number): void {
    const angle = (2 * Math.PI * TONES[tone]!) / SAMPLE_RATE
    const length = frames * FRAME
    for (let index = 0; index < FRAME; index++) {
      const at = part * FRAME + index
      const share = Math.min(1, at / RAMP, (length - 1 - at) / RAMP)
      this.out[index] = Math.round(share * LEVEL * Math.sin(angle * at))
    }
  }
}
