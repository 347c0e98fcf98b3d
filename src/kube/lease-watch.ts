import { describeApiFault } from './api-fault.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { LeaseApi } from './lease-api.ts'
import type { RawLease } from './lease.ts'

/** A standby's ear on the Lease, so that it hears at once when the leader gives it back. */
export interface LeaseWatch {
  /** Begins to listen, and goes on until `close`. */
  open(): void
  close(): void
  /** Whether changes are being heard now. */
  isOpen(): boolean
}

export interface LeaseWatchOptions {
  api: LeaseApi
  clock: Clock
  retryPeriodSeconds: number
  log: Log
  /** undefined: the Lease was removed. */
  onLease: (raw: RawLease | undefined) => void
}

interface Listening {
  end: AbortController
  heard: boolean
}

/** A watch that is refused or breaks is no harm: the elector asks in between. */
export function createLeaseWatch(options: LeaseWatchOptions): LeaseWatch {
  let listening: Listening | undefined
  return {
    isOpen: () => listening?.heard === true,
    open() {
      if (listening) return
      listening = { end: new AbortController(), heard: false }
      void listen(options, listening)
    },
    close() {
      listening?.end.abort()
      listening = undefined
    },
  }
}

async function listen(
  { api, clock, retryPeriodSeconds, log, onLease }: LeaseWatchOptions,
  me: Listening,
): Promise<void> {
  const { signal } = me.end
  while (!signal.aborted) {
    try {
      for await (const raw of api.watch(signal)) {
        if (signal.aborted) return
        me.heard = true
        onLease(raw)
      }
    } catch (err) {
      if (!signal.aborted)
        log.debug(
          describeApiFault(err),
          'the watch of the lease ended; the lease is read until the watch is open again',
        )
    }
    me.heard = false
    await pause(clock, retryPeriodSeconds * 1000, signal)
  }
}
