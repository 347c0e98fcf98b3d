import { FAINTEST } from './tone-detector.ts'
import { FRAME, FRAME_MS, SAMPLE_RATE } from './tone-script.ts'

/** Share of a frame that is not the tone, at most: 20 dB below it. */
const IMPURITY = 0.05
/** How far the pitch of a frame may be from that of the first one, Hz. A voice moves by more. */
const DRIFT = 15
const [LOWEST, HIGHEST] = [250, 3_400]
/** How much louder or fainter than the first frame another may be, as a ratio of power: two tones close together beat. */
const SWELL = 1.25

/**
 * Hears one steady tone of any frequency, as test numbers play it. A sine obeys x(n) + x(n - 2) = 2 cos(w) x(n - 1): the factor that fits a
 * frame best is the pitch, and what is left is noise, a voice, or a second tone.
 */
export class SteadyTone {
  /** Of the longest one so far. */
  milliseconds = 0
  hertz: number | undefined
  private run = 0
  private first: Pitch = { hertz: 0, power: 0 }

  /** @param frame 160 samples; undefined: silence */
  hear(frame: Int16Array | undefined): void {
    const pitch = frame === undefined ? undefined : pitchOf(frame)
    if (pitch === undefined) {
      this.run = 0
      return
    }
    if (this.run === 0 || !isLike(pitch, this.first)) [this.run, this.first] = [0, pitch]
    const milliseconds = ++this.run * FRAME_MS
    if (milliseconds <= this.milliseconds) return
    this.milliseconds = milliseconds
    this.hertz = Math.round(this.first.hertz)
  }
}

interface Pitch {
  readonly hertz: number
  readonly power: number
}

const isLike = (one: Pitch, other: Pitch) =>
  Math.abs(one.hertz - other.hertz) <= DRIFT && one.power <= SWELL * other.power && other.power <= SWELL * one.power

function pitchOf(frame: Int16Array): Pitch | undefined {
  let [product, middle, energy] = [0, 0, 0]
  for (let at = 2; at < FRAME; at++) {
    const [two, one, now] = [frame[at - 2]!, frame[at - 1]!, frame[at]!]
    product += one * (now + two)
    middle += one * one
    energy += now * now
  }
  if (energy < FAINTEST * FRAME || middle === 0) return undefined
  const factor = product / middle
  if (Math.abs(factor) > 2) return undefined
  let rest = 0
  for (let at = 2; at < FRAME; at++) rest += (frame[at]! + frame[at - 2]! - factor * frame[at - 1]!) ** 2
  if (rest > IMPURITY * middle) return undefined
  const hertz = (Math.acos(factor / 2) * SAMPLE_RATE) / (2 * Math.PI)
  return hertz >= LOWEST && hertz <= HIGHEST ? { hertz, power: energy } : undefined
}
