import { HALF } from './frame.ts'

/** Samples of what was played last that are remembered: enough for the longest pitch twice. */
const HISTORY = 480
/** Pitch of a voice, 66 to 200 Hz (ITU-T G.711 Appendix I), in samples. */
const LEAST_LAG = 40
const MOST_LAG = 120
const TEMPLATE = 160
/** How the guess is faded out: whole for 10 ms, then a fifth less every 10 ms. */
const FADE_PER_HALF = 0.2
/** Samples over which the guess goes over into what came. */
const RECOVERY = 40
/** Samples over which a step at the beginning of the guess is evened out. */
const SMOOTHING = 16

/**
 * Guesses at lost audio: the last pitch period goes on and fades within 60 ms (the idea of ITU-T G.711 Appendix I). Works on halves of a
 * frame (10 ms). An Appendix I decoder delays everything by 3.75 ms to blend into the loss; this one evens the step out instead.
 */
export class Concealer {
  /** A ring of halves: what is the oldest lies at `next`. */
  private readonly history = new Int16Array(HISTORY)
  private next = 0
  private readonly period = new Float64Array(MOST_LAG)
  private lag = 0
  private phase = 0
  private step = 0
  /** Halves concealed in a row. Before anything came there is nothing to go on with. */
  private run = Infinity

  /** Whether the guess has faded out. */
  get isSilent(): boolean {
    return this.run > 1 + 1 / FADE_PER_HALF
  }

  /** A half came. Its beginning is changed after a loss. */
  good(frame: Int16Array, at: number): void {
    if (this.run > 0 && !this.isSilent) {
      for (let sample = 0; sample < RECOVERY; sample++) {
        const share = sample / RECOVERY
        frame[at + sample] = frame[at + sample]! * share + this.guess(this.run) * (1 - share)
      }
    }
    this.run = 0
    this.remember(frame, at)
  }

  /** Nothing is being said: what follows without a packet is silence, not loss. */
  rest(): void {
    this.run = Infinity
  }

  /** A half is lost: fills it. */
  lost(frame: Int16Array, at: number): void {
    if (this.run === 0) this.analyse()
    this.run++
    for (let sample = 0; sample < HALF; sample++) {
      const smoothing = this.run === 1 && sample < SMOOTHING ? this.step * (1 - sample / SMOOTHING) : 0
      frame[at + sample] = clip(this.guess(this.run - 1 + sample / HALF) + smoothing)
    }
    this.remember(frame, at)
  }

  private guess(age: number): number {
    const gain = Math.max(0, 1 - Math.max(0, age - 1) * FADE_PER_HALF)
    const value = this.period[this.phase]! * gain
    this.phase = (this.phase + 1) % this.lag
    return value
  }

  private remember(frame: Int16Array, at: number): void {
    const { history, next } = this
    for (let sample = 0; sample < HALF; sample++) history[next + sample] = frame[at + sample]!
    this.next = (next + HALF) % HISTORY
  }

  /** Takes the last pitch period, its end blended with what came before its beginning, so that it can be repeated without a step. */
  private analyse(): void {
    const { period } = this
    const history = this.inOrder()
    const lag = (this.lag = findLag(history))
    const start = HISTORY - lag
    const blend = lag >> 2
    for (let sample = 0; sample < lag; sample++) period[sample] = history[start + sample]!
    for (let sample = 0; sample < blend; sample++) {
      const share = (sample + 1) / blend
      const at = lag - blend + sample
      period[at] = period[at]! * (1 - share) + history[start - blend + sample]! * share
    }
    this.phase = 0
    this.step = history[HISTORY - 1]! - history[start - 1]!
  }

  /** The history from its oldest sample to its newest. */
  private inOrder(): Int16Array {
    const ordered = new Int16Array(HISTORY)
    ordered.set(this.history.subarray(this.next))
    ordered.set(this.history.subarray(0, this.next), HISTORY - this.next)
    return ordered
  }
}

/** The lag at which the end of the history is most like itself (normalised correlation). */
function findLag(history: Int16Array): number {
  const from = HISTORY - TEMPLATE
  let best = MOST_LAG
  let bestScore = 0
  for (let lag = LEAST_LAG; lag <= MOST_LAG; lag++) {
    let product = 0
    let energy = 1
    for (let sample = from; sample < HISTORY; sample++) {
      const before = history[sample - lag]!
      product += history[sample]! * before
      energy += before * before
    }
    const score = product <= 0 ? 0 : (product * product) / energy
    if (score > bestScore) {
      bestScore = score
      best = lag
    }
  }
  return best
}

const clip = (value: number) => Math.max(-32_768, Math.min(32_767, value))
