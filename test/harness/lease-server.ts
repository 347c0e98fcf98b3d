import { ApiError, Unreachable } from '../../src/kube/errors.ts'
import type { LeaseApi } from '../../src/kube/lease-api.ts'
import { holderOf, type RawLease } from '../../src/kube/lease.ts'
import { pause, type Clock } from '../../src/runtime/clock.ts'

/** One Lease with the API server's rules for versions, on a test's clock. The real one is used in test/integration. */
export class LeaseServer {
  stored: RawLease | undefined
  /** Requests so far, by verb. */
  readonly count = { read: 0, create: 0, replace: 0, watch: 0 }
  /** No answers: connections are refused. */
  down = false
  /** Time from a request to its effect, and from there to its answer, ms. */
  delay = { there: 0, back: 0 }
  private readonly clock: Clock
  private version = 0
  private listeners = new Set<(raw: RawLease | undefined) => void>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  get holder(): string | undefined {
    return this.stored && holderOf(this.stored)
  }

  /** As an administrator would. */
  write(change: (raw: RawLease) => RawLease): void {
    this.store(change(structuredClone(this.stored!)))
  }

  remove(): void {
    this.stored = undefined
    for (const listener of this.listeners) listener(undefined)
  }

  /** A client of its own; `watches: false` as when the right to watch is missing. */
  client({ watches = true } = {}): LeaseApi {
    const done = async <T>(verb: keyof LeaseServer['count'], act: () => T): Promise<T> => {
      this.count[verb]++
      await pause(this.clock, this.delay.there)
      if (this.down)
        throw new Unreachable({
          method: 'GET',
          path: '/lease',
          code: 'ECONNREFUSED',
          mayHaveArrived: false,
          cause: undefined,
        })
      const result = structuredClone(act())
      await pause(this.clock, this.delay.back)
      return result
    }
    return {
      namespace: 'home',
      name: 'lease',
      read: () => done('read', () => this.stored),
      create: (raw) =>
        done('create', () => {
          if (this.stored) throw new ApiError({ status: 409, reason: 'AlreadyExists', message: 'already exists' })
          return this.store(raw)
        }),
      replace: (raw) =>
        done('replace', () => {
          if (!this.stored) throw new ApiError({ status: 404, reason: 'NotFound', message: 'not found' })
          if (raw.metadata.resourceVersion !== this.stored.metadata.resourceVersion)
            throw new ApiError({ status: 409, reason: 'Conflict', message: 'modified' })
          return this.store(raw)
        }),
      watch: (signal) => {
        this.count.watch++
        if (!watches)
          throw new ApiError({ status: 403, reason: 'Forbidden', message: 'leases is forbidden: cannot watch' })
        return this.follow(signal)
      },
    }
  }

  private store(raw: RawLease): RawLease {
    this.stored = { ...structuredClone(raw), metadata: { ...raw.metadata, resourceVersion: String(++this.version) } }
    for (const listener of this.listeners) listener(structuredClone(this.stored))
    return this.stored
  }

  private async *follow(signal: AbortSignal): AsyncGenerator<RawLease | undefined> {
    const waiting: (RawLease | undefined)[] = this.stored ? [structuredClone(this.stored)] : []
    let wake = () => {}
    const hear = (raw: RawLease | undefined) => (waiting.push(raw), wake())
    const end = () => wake()
    this.listeners.add(hear)
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) {
        if (waiting.length > 0) yield waiting.shift()
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.listeners.delete(hear)
      signal.removeEventListener('abort', end)
    }
  }
}
