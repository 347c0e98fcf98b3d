import type { Clock } from '../../runtime/clock.ts'
import { FRAME, STEP } from '../../wire/playout/frame.ts'
import { paceOf, TICK_MS, Ticker, type TickTask } from './ticker.ts'
import type { PaceStatistics } from './types.ts'

const COUNT = FRAME / STEP
/** Milliseconds between the ticks of one lane and those of the next. */
export const LANE_MS = TICK_MS / COUNT

/** A call's place in its lane. */
export interface LaneMembership {
  /** From now on the ticks come so many lanes earlier than they would have; negative: later. Nothing for who has left. */
  moveEarlier(lanes: number): void
  leave(): void
}

/**
 * The ticks of all calls, in lanes 5 ms apart. A call is in the lane whose ticks come soonest after its packets, so that none of them waits
 * up to 20 ms for a tick that suits others better; and a pod's work is spread over those 20 ms.
 */
export class MediaLanes {
  private readonly tickers: readonly Ticker[]
  private readonly calls = new Array<number>(COUNT).fill(0)

  constructor(clock: Clock) {
    this.tickers = Array.from({ length: COUNT }, (_, lane) => new Ticker(clock, lane * LANE_MS))
  }

  /** Begins in the lane with the fewest calls. */
  add(task: TickTask): LaneMembership {
    let lane = this.calls.indexOf(Math.min(...this.calls))
    let leave = this.enter(lane, task)
    let isIn = true
    return {
      moveEarlier: (lanes) => {
        if (!isIn) return
        leave()
        lane = (((lane - lanes) % COUNT) + COUNT) % COUNT
        leave = this.enter(lane, task)
      },
      leave: () => {
        if (isIn) leave()
        isIn = false
      },
    }
  }

  pace(): PaceStatistics {
    return paceOf(this.tickers.map((ticker) => ticker.figures()))
  }

  private enter(lane: number, task: TickTask): () => void {
    this.calls[lane]!++
    const leave = this.tickers[lane]!.add(task)
    return () => {
      this.calls[lane]!--
      leave()
    }
  }
}
