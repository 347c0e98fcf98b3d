/** Hears the tones of test calls, whoever's they are: Goertzel's algorithm on frames of 20 ms. */
import { goertzel, goertzelCoefficient } from '../../lib/goertzel.ts'
import { FRAME, FRAME_MS, RAMP_MS, SAMPLE_RATE, TONES } from './tone-script.ts'

export interface HeardTone {
  /** Position in `TONES`. */
  readonly tone: number
  /** When it began, milliseconds of the clock that frames come by; exact to some 2 ms on a good line. */
  readonly at: number
}

/** Mean square of the quietest frame that counts as sound: 50 dB below full scale. */
export const FAINTEST = 32_768 ** 2 * 1e-5
/** A tone must hold this share of a frame's power, and so many times the power of the next strongest. */
const PURITY = 0.5
const DISTINCT = 4
/** Frames without its tone after which one has ended: a lost packet is no end. */
const MISSES = 2
/** Frames that make a tone. What is shorter is a click, or part of a voice. */
const LEAST_FRAMES = 3
/** Of the full height of a tone: less of it in the frame before is noise. */
const LEAST_RISE = 0.08
/** Milliseconds by which a tone that rises gradually is like one that begins later at full height. */
const RISE_MS = RAMP_MS / 2
/** Tones that are remembered. The longest script has fewer; a line that whistles shall not fill the memory. */
const MOST_HEARD = 500

const COEFFICIENTS = TONES.map((hertz) => goertzelCoefficient(hertz, SAMPLE_RATE))

interface Sounding {
  readonly tone: number
  /** When the first frame that holds it began. */
  readonly at: number
  /** Heights of the tone in the frame before and in the first one. */
  readonly before: number
  readonly first: number
  highest: number
  frames: number
  misses: number
}

/** Constant time for each frame, and memory for `MOST_HEARD` tones. */
export class ToneDetector {
  readonly heard: HeardTone[] = []
  /** Frames that were louder than nothing. */
  soundFrames = 0
  private sounding: Sounding | undefined
  private heights = new Float64Array(TONES.length)
  private heightsBefore = new Float64Array(TONES.length)

  /**
   * @param at when the frame began, milliseconds; never less than before
   * @param frame 160 samples; undefined: silence
   */
  hear(at: number, frame: Int16Array | undefined): void {
    ;[this.heights, this.heightsBefore] = [this.heightsBefore, this.heights]
    const tone = this.toneIn(frame)
    const { sounding } = this
    if (sounding !== undefined && tone === sounding.tone) {
      sounding.frames++
      sounding.misses = 0
      sounding.highest = Math.max(sounding.highest, this.heights[tone]!)
      return
    }
    if (sounding !== undefined && tone === undefined && ++sounding.misses < MISSES) return
    this.finish()
    if (tone === undefined) return
    const [before, first] = [this.heightsBefore[tone]!, this.heights[tone]!]
    this.sounding = { tone, at, before, first, highest: first, frames: 1, misses: 0 }
  }

  /** No frame follows: the tone that sounds has ended. */
  finish(): void {
    const { sounding } = this
    this.sounding = undefined
    if (sounding === undefined || sounding.frames < LEAST_FRAMES || this.heard.length >= MOST_HEARD) return
    this.heard.push({ tone: sounding.tone, at: startOf(sounding) })
  }

  private toneIn(frame: Int16Array | undefined): number | undefined {
    this.heights.fill(0)
    if (frame === undefined) return undefined
    let energy = 0
    for (const sample of frame) energy += sample * sample
    if (energy < FAINTEST * FRAME) return undefined
    this.soundFrames++
    let best = 0
    let [most, next] = [0, 0]
    for (let tone = 0; tone < TONES.length; tone++) {
      const power = goertzel(frame, COEFFICIENTS[tone]!)
      this.heights[tone] = Math.sqrt(power)
      if (power > most) [best, most, next] = [tone, power, most]
      else if (power > next) next = power
    }
    return 2 * most >= PURITY * energy * FRAME && most >= DISTINCT * next ? best : undefined
  }
}

/** A tone that fills a part of a frame has that part of its height there. */
function startOf({ at, before, first, highest }: Sounding): number {
  const filled = Math.min(1, first / highest)
  const early = before / highest
  const after = early < LEAST_RISE ? 1 - filled : -Math.min(1, early)
  return at + after * FRAME_MS - RISE_MS
}
