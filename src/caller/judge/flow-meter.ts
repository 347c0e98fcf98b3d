import { FRAME_MS } from './tone-script.ts'

/** What came, and what should have come, by the clock of who listens. */
export interface FlowFigures {
  /** Frames of 20 ms that should have gone out since media was started. */
  readonly sentDue: number
  /** Frames that should have come from the first one to the end. 0: none came. */
  readonly due: number
  /** Times without a packet for more than 60 ms, after the first one; also at the end. */
  readonly gaps: number
  /** The longest time without a packet, milliseconds, to 20 ms; without any packet, all of the call. */
  readonly longestSilenceMilliseconds: number
  /** From the start of media to the first packet, milliseconds; null: none came. */
  readonly firstAfterMilliseconds: number | null
  /** How late our own clock was at most, milliseconds: what is above that of others may be our own doing. */
  readonly ownDelayMilliseconds: number
}

const GAP_MS = 60

/** Counts a stream of packets by looking at it every 20 ms. */
export class FlowMeter {
  private readonly startedAt: number
  private received = 0
  private firstAt: number | undefined
  private lastAt: number
  private lookedAt: number
  private gaps = 0
  private longest = 0
  private ownDelay = 0

  /** @param at when media was started, milliseconds */
  constructor(at: number) {
    this.startedAt = at
    this.lastAt = at
    this.lookedAt = at
  }

  get hasBegun(): boolean {
    return this.firstAt !== undefined
  }

  /** @param received packets so far */
  look(at: number, received: number): void {
    this.ownDelay = Math.max(this.ownDelay, at - this.lookedAt - FRAME_MS)
    this.lookedAt = at
    if (received <= this.received) return
    this.received = received
    if (this.firstAt === undefined) this.firstAt = at
    else this.endSilence(at)
    this.lastAt = at
  }

  /** @param at when the call ended */
  end(at: number): FlowFigures {
    const { firstAt, startedAt } = this
    this.endSilence(at)
    return {
      sentDue: framesIn(at - startedAt),
      due: firstAt === undefined ? 0 : framesIn(at - firstAt) + 1,
      gaps: this.gaps,
      longestSilenceMilliseconds: Math.round(this.longest),
      firstAfterMilliseconds: firstAt === undefined ? null : Math.round(firstAt - startedAt),
      ownDelayMilliseconds: Math.round(this.ownDelay),
    }
  }

  private endSilence(at: number): void {
    const silence = at - this.lastAt
    this.longest = Math.max(this.longest, silence)
    if (this.firstAt !== undefined && silence > GAP_MS) this.gaps++
  }
}

const framesIn = (ms: number) => Math.max(0, Math.floor(ms / FRAME_MS))
