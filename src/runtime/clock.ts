/** Time as a parameter, so that no decision hides a clock and no test sleeps. */
export interface Clock {
  /** Milliseconds from a fixed but unknown start. Never jumps; every deadline and duration is reckoned with it. */
  monotonic(): number
  /** Wall time in milliseconds since 1970. For stamps that people read, never for decisions: it may jump. */
  wall(): number
  /** Runs `task` once after `ms` milliseconds. Returns a function that calls it off. */
  after(ms: number, task: () => void): () => void
}

/** Resolves after `ms` milliseconds, or at once when `signal` aborts (look at the signal to tell them apart). */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal?.addEventListener('abort', end, { once: true })
  })
}
