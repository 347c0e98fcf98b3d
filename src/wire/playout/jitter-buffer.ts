import { FRAME, HALF, STEP } from './frame.ts'
import { Slack } from './excess-delay.ts'

/** What a half frame (10 ms) is made of. */
export type Half = typeof MISSING | typeof VOICE | typeof QUIET
export const MISSING = 0
export const VOICE = 1
/** Nothing was said, and that is known: a key was pressed. */
export const QUIET = 2

/** Samples kept, a little more than a second. A power of two, so that a timestamp finds its place by its low bits. */
const SIZE = 8_192
const MASK = SIZE - 1
/** One frame is held back at the start: most networks need no more, and what they don't need goes soon. */
const START_DELAY = FRAME
/** Packets in which some have to be late twice before the delay grows: what one stall made late is cheaper to lose. */
const LATE_WINDOW = 50
/** Late packets in a row that are no stall any more: the way has become longer. */
const LONGER_WAY = 6
const MOST_DELAY = 10 * FRAME
/** Where much too much waits, as after a stall, one frame goes after so many packets: words are sped up rather than lost. */
const EXCESS = 3 * FRAME
const EXCESS_RUN = 5
/** Packets in a row behind what is played, after which the sender must have begun again. */
const LATE_RUN = 10
/** What packets must have to spare when the delay has shrunk: 3 ms, for a clock that drifts and a busy process. */
const SPARE = 24

export interface Pulled {
  first: Half
  second: Half
}

/**
 * Puts packets in order and evens out their jitter. It measures, in samples of time, how early each packet comes before its turn. Late ones
 * make the delay grow, and a while in which none needed it makes it shrink: on a clean line to what the ticks leave, none of it our own.
 */
export class JitterBuffer {
  private readonly samples = new Int16Array(SIZE)
  private readonly filled = new Uint8Array(SIZE)
  private readonly spare = new Int16Array(FRAME)
  /** Timestamp of the next sample to be played; undefined: nothing came yet. */
  private playAt: number | undefined
  private newest = 0
  /** Frames for which we wait, to let late packets catch up. */
  private holds = 0
  private sinceLate = LATE_WINDOW
  private lateRun = 0
  private readonly slack = new Slack()
  private excessRun = 0
  /** Samples of delay that late packets taught us to keep. */
  private learned = 0
  private shrinks = false
  /** Samples, in whole steps, by which frames had better be due earlier; negative: later. Taken by who sets the time. */
  wish = 0
  /** When the frame before the next one was due. */
  private pulledAt = 0
  /** Packets that came after their turn. */
  late = 0

  /** Samples that wait. */
  get buffered(): number {
    return this.playAt === undefined ? 0 : Math.max(0, (this.newest - this.playAt) | 0)
  }

  /**
   * Takes the samples of a packet: `linear` gives the value of each of its octets.
   * @param at when it came, in samples of any clock that `pull` goes by too, modulo 2^32
   * @param marker the sender spoke up again: if nothing waits, its timestamps may restart (RFC 3551 4.1)
   */
  push(
    packet: Uint8Array,
    from: number,
    to: number,
    timestamp: number,
    linear: Int16Array,
    at: number,
    marker: boolean,
  ): void {
    const length = Math.min(to - from, SIZE / 2)
    if (marker && this.buffered === 0 && !this.isInTime(timestamp)) this.reset()
    const offset = this.place(timestamp, length, at)
    for (let sample = Math.max(0, -offset); sample < length; sample++) {
      const place = (timestamp + sample) & MASK
      this.samples[place] = linear[packet[from + sample]!]!
      this.filled[place] = VOICE
    }
  }

  /** Keeps `length` samples free of concealment: the sender said that there is no voice. */
  pushQuiet(timestamp: number, length: number): void {
    if (this.playAt === undefined) return
    const offset = (timestamp - this.playAt) | 0
    if (offset + length > SIZE || offset < -SIZE) return
    for (let sample = Math.max(0, -offset); sample < length; sample++) {
      const at = (timestamp + sample) & MASK
      if (this.filled[at] === VOICE) continue
      this.samples[at] = 0
      this.filled[at] = QUIET
    }
    this.extend((timestamp + length) >>> 0)
  }

  /**
   * Takes out the frame whose turn it is. Once every 20 ms. What is missing is zero.
   * @param at when it was due, in samples
   */
  pull(into: Int16Array, pulled: Pulled, at: number): void {
    this.pulledAt = at
    if (this.playAt === undefined || this.holds > 0) {
      if (this.holds > 0) this.holds--
      into.fill(0)
      pulled.first = pulled.second = MISSING
      return
    }
    this.take(into, pulled)
    if (this.shrinks && this.buffered >= FRAME) this.merge(into, pulled)
  }

  /** The sender restarted: what waits is played no more. */
  reset(): void {
    this.playAt = undefined
    this.filled.fill(MISSING)
    this.holds = this.lateRun = this.excessRun = 0
    this.shrinks = false
    this.wish = 0
    this.slack.begin()
  }

  /** The sender was silent, and its timestamps went on meanwhile: so does the delay that was found to be enough. */
  private isInTime(timestamp: number): boolean {
    if (this.playAt === undefined) return true
    const offset = (timestamp - this.playAt) | 0
    return offset >= 0 && offset <= START_DELAY + this.learned
  }

  private place(timestamp: number, length: number, at: number): number {
    if (this.playAt === undefined) this.begin(timestamp)
    let offset = (timestamp - this.playAt!) | 0
    this.lateRun = offset < 0 ? this.lateRun + 1 : 0
    if (offset + length > SIZE || offset < -SIZE || this.lateRun >= LATE_RUN) {
      this.reset()
      this.begin(timestamp)
      offset = START_DELAY
    }
    if (offset < 0) this.noteLate(offset)
    else this.noteMargin(offset, offset + this.untilPull(at))
    this.extend((timestamp + length) >>> 0)
    // What is wholly behind has no place any more.
    return offset + length <= 0 ? -length : offset
  }

  private extend(end: number): void {
    if (((end - this.newest) | 0) > 0) this.newest = end
  }

  private begin(timestamp: number): void {
    this.playAt = (timestamp - START_DELAY) >>> 0
    this.newest = timestamp
  }

  private noteLate(offset: number): void {
    this.late++
    const isSecond = (this.sinceLate > 0 && this.sinceLate < LATE_WINDOW) || this.lateRun >= LONGER_WAY
    this.sinceLate = 0
    this.shrinks = false
    if (!isSecond || offset < -MOST_DELAY || this.buffered > MOST_DELAY) return this.judge(0)
    const needed = Math.ceil(-offset / FRAME)
    this.learned = Math.min(MOST_DELAY, this.learned + Math.max(0, needed - this.holds) * FRAME)
    this.holds = Math.max(this.holds, needed)
    this.slack.doubt()
  }

  /** Samples of time until the next frame is due. */
  private untilPull(at: number): number {
    return FRAME - Math.max(0, Math.min(FRAME, (at - this.pulledAt) | 0))
  }

  /** @param margin how long before its turn a packet came */
  private noteMargin(offset: number, margin: number): void {
    this.sinceLate++
    this.excessRun = offset >= EXCESS + this.learned ? this.excessRun + 1 : 0
    if (this.excessRun >= EXCESS_RUN) {
      this.excessRun = 0
      this.shrinks = true
    }
    this.judge(margin)
  }

  /** Whole frames of spare delay are left out by ourselves, one at a time; the rest is a matter of when the frames are due. */
  private judge(margin: number): void {
    const spare = this.slack.note(margin)
    if (spare === undefined) return
    if (spare >= FRAME) this.slack.trust()
    this.wish = spare < SPARE / 2 ? -STEP : Math.floor(Math.max(0, (spare - SPARE) % FRAME) / STEP) * STEP
    if (spare < FRAME + SPARE) return
    this.shrinks = true
    this.learned = Math.max(0, this.learned - FRAME)
  }

  private take(into: Int16Array, pulled: Pulled): void {
    const at = this.playAt!
    pulled.first = this.takeHalf(into, 0, at)
    pulled.second = this.takeHalf(into, HALF, at + HALF)
    this.playAt = (at + FRAME) >>> 0
  }

  private takeHalf(into: Int16Array, to: number, at: number): Half {
    let half: Half = this.filled[at & MASK] as Half
    for (let sample = 0; sample < HALF; sample++) {
      const from = (at + sample) & MASK
      into[to + sample] = this.samples[from]!
      if (this.filled[from] === MISSING) half = MISSING
      this.filled[from] = MISSING
    }
    if (half === MISSING) into.fill(0, to, to + HALF)
    return half
  }

  /** Makes one frame of two, the one fading into the other, so that less waits. */
  private merge(into: Int16Array, pulled: Pulled): void {
    const next: Pulled = { first: MISSING, second: MISSING }
    this.take(this.spare, next)
    this.shrinks = false
    if (next.first === MISSING || next.second === MISSING) return
    const canFade = pulled.first !== MISSING && pulled.second !== MISSING
    for (let sample = 0; sample < FRAME; sample++) {
      const share = canFade ? sample / FRAME : 1
      into[sample] = into[sample]! * (1 - share) + this.spare[sample]! * share
    }
    pulled.first = next.first
    pulled.second = next.second
  }
}
