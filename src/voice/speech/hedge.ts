import type { Clock } from '../../runtime/clock.ts'

/** One way to get an answer. */
export interface HedgedRequest<T> {
  /** Aborted when the answer is not needed any more. */
  ask(signal: AbortSignal): Promise<T>
  /** Milliseconds after which the next is asked as well; whoever answers first wins. */
  readonly patienceMs: number
}

/**
 * Asks one way after the other: the next when one fails, or when it is slow, and then without giving up the slow one. The last is waited for
 * until `signal` aborts.
 * @throws the last failure when all ways failed; `signal.reason` when it aborted
 */
export function hedge<T>(ways: readonly HedgedRequest<T>[], clock: Clock, signal: AbortSignal): Promise<T> {
  const done = new AbortController()
  return new Promise<T>((resolve, reject) => {
    let asked = 0
    let running = 0
    let cancelWait = () => {}
    let last: unknown = new Error('no provider can be asked')
    const finish = (end: () => void) => {
      if (done.signal.aborted) return
      cancelWait()
      signal.removeEventListener('abort', callOff)
      end()
      done.abort()
    }
    const callOff = () => finish(() => reject(signal.reason))
    const askNext = () => {
      cancelWait()
      const way = ways[asked]
      if (way === undefined) return running === 0 ? finish(() => reject(last)) : undefined
      asked++
      running++
      cancelWait = clock.after(way.patienceMs, askNext)
      way.ask(done.signal).then(
        (answer) => finish(() => resolve(answer)),
        (error: unknown) => {
          running--
          last = error
          if (!done.signal.aborted) askNext()
        },
      )
    }
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', callOff, { once: true })
    askNext()
  })
}
