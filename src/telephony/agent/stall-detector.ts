import type { Clock } from '../../runtime/clock.ts'

/**
 * Notices that the process stood still (SIGSTOP, a frozen cgroup, a paused machine). What is read right after it may have waited in buffers
 * meanwhile, and its sender may have turned elsewhere: a call answered then would be a ghost.
 */
export interface StallDetector {
  /** From the end of a freeze until what had been buffered is read. Looks at the clock itself, so it is right whatever woke us first. */
  isRecovering(): boolean
  /** Since that moment of the clock it stood still at least once. */
  hasStalledSince(at: number): boolean
  /** Something is being read just now. */
  reading(): void
  end(): void
}

export interface StallLimits {
  /** A gap in our own clock that is longer is a freeze: as long as an edge waits before it tries the next pod. */
  readonly stallMs: number
  /** When nothing was read for this long, the buffers are empty. */
  readonly quietMs: number
  /** By then they are empty in any case: on a busy pod it never gets quiet. */
  readonly mostMs: number
}

export const defaultStallLimits: StallLimits = { stallMs: 700, quietMs: 50, mostMs: 1_000 }

export function detectStalls(clock: Clock, limits: StallLimits, onStall: (ms: number) => void): StallDetector {
  let last = clock.monotonic()
  let recoveredAt = -Infinity
  let isRecovering = false
  let hasRead = false
  function look(): number {
    const now = clock.monotonic()
    const gap = now - last
    last = now
    if (gap > limits.stallMs) {
      recoveredAt = now
      isRecovering = hasRead = true
      onStall(gap)
    }
    return now
  }
  let cancel = clock.after(limits.quietMs, tick)
  /**
   * Sockets are read between two timers, however late those fire; by the clock alone a process that goes on slowly would be taken for
   * one with empty buffers.
   */
  function tick(): void {
    look()
    if (!hasRead) isRecovering = false
    hasRead = false
    cancel = clock.after(limits.quietMs, tick)
  }
  return {
    isRecovering: () => look() < recoveredAt + limits.mostMs && isRecovering,
    hasStalledSince(at) {
      look()
      return recoveredAt > at
    },
    reading() {
      look()
      hasRead = true
    },
    end: () => cancel(),
  }
}

/** A clock that can be stopped for good. */
export interface DeferringClock extends Clock {
  /** Calls off all that waits, so that nothing keeps the process alive. */
  stop(): void
}

/**
 * A clock whose tasks wait until a thaw is over: an answer that waited in a buffer must be heard before its deadline counts.
 * @param onError takes what a task throws: it costs one call, not the process with all the others
 */
export function deferWhileRecovering(
  clock: Clock,
  detector: StallDetector,
  quietMs: number,
  onError: (error: unknown) => void,
): DeferringClock {
  const cancels = new Set<() => void>()
  let isStopped = false
  return {
    monotonic: () => clock.monotonic(),
    wall: () => clock.wall(),
    stop() {
      isStopped = true
      for (const cancel of cancels) cancel()
    },
    after(ms, task) {
      if (isStopped) return () => {}
      let cancelOne = clock.after(ms, runTask)
      const cancel = () => {
        cancels.delete(cancel)
        cancelOne()
      }
      cancels.add(cancel)
      function runTask(): void {
        if (detector.isRecovering()) return void (cancelOne = clock.after(quietMs, runTask))
        cancels.delete(cancel)
        try {
          task()
        } catch (error) {
          onError(error)
        }
      }
      return cancel
    },
  }
}
