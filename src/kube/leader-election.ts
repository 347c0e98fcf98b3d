import { describeBug } from '../runtime/redacted-error.ts'
import { describeApiFault } from './api-fault.ts'
import { named, ownWords } from '../runtime/log-fields.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import * as lease from './lease.ts'
import type { RawLease, SeenLease } from './lease.ts'
import type { LeaseApi } from './lease-api.ts'
import { createLeaseWatch, type LeaseWatch } from './lease-watch.ts'

export interface ElectorOptions {
  /** Reads and writes the one Lease: `leaseApi(transport, namespace, name)`. */
  api: LeaseApi
  /** The pod's name: the fence in the API server compares it with the pod that the token is bound to. */
  identity: string
  /** A standby takes over when the lease was not renewed for so long. 6 s by default. */
  leaseDurationSeconds?: number
  /** A leader stops by itself when its last good renewal was sent so long ago. Shorter than the lease. 4 s by default. */
  renewDeadlineSeconds?: number
  /** Time between renewals. 1 s by default. */
  retryPeriodSeconds?: number
  /** Leadership began. `term` is greater each time, also when the same process leads again: what it led before has ended. */
  onStartedLeading?: (term: number) => void
  onStoppedLeading?: () => void
  log: Log
  clock?: Clock
  /** A number in [0, 1): the luck of the draw for waits. */
  chance?: () => number
}

export interface Elector {
  /** Begins to stand for election. Never throws, never ends by itself: without an API server it goes on trying. */
  start(): void
  /** Whether this process leads, by its monotonic clock alone: false once the renewal deadline has passed. */
  isLeader(): boolean
  /** The number of the term that this process leads; undefined when it doesn't. */
  term(): number | undefined
  /** For how much longer this process leads if no renewal succeeds, in milliseconds; 0 when it doesn't lead. */
  leadsFor(): number
  /** Who held the lease when last seen; empty when nobody did. */
  holder(): string | undefined
  /** Looks at the lease at once, for instance after the fence refused a write. */
  checkNow(): void
  /** Stops, and gives the lease back if it is ours, so that a standby takes over at once. */
  release(): Promise<void>
}

export function createElector(options: ElectorOptions): Elector {
  const { leaseDurationSeconds = 6, renewDeadlineSeconds = 4, retryPeriodSeconds = 1 } = options
  if (!(leaseDurationSeconds > renewDeadlineSeconds && renewDeadlineSeconds > retryPeriodSeconds)) {
    throw new Error(
      `Leader election: leaseDurationSeconds (${leaseDurationSeconds}) must be longer than renewDeadlineSeconds ` +
        `(${renewDeadlineSeconds}), and that longer than retryPeriodSeconds (${retryPeriodSeconds}).`,
    )
  }
  return new Candidate({ ...options, leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds })
}

type Settings = ElectorOptions &
  Required<Pick<ElectorOptions, 'leaseDurationSeconds' | 'renewDeadlineSeconds' | 'retryPeriodSeconds'>>

/** A short wait before looking again after a lost race, ms. */
const LOST_RACE = 50

class Candidate implements Elector {
  private readonly options: Settings
  private readonly clock: Clock
  private readonly watch: LeaseWatch
  private readonly stopping = new AbortController()
  private seen: SeenLease | undefined
  /** The highest term heard of: a removed Lease doesn't make terms begin again. */
  private lastTerm = 0
  /** The term that `onStartedLeading` was called with. */
  private leadingTerm: number | undefined
  /** Monotonic time, ms, up to which the last good renewal carries. */
  private validUntil = -Infinity
  private cancelExpiry = () => {}
  private sleep = new AbortController()
  private failures = 0
  private running: Promise<void> | undefined

  constructor(options: Settings) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.watch = createLeaseWatch({
      api: options.api,
      clock: this.clock,
      retryPeriodSeconds: options.retryPeriodSeconds,
      log: options.log,
      onLease: (raw) => this.heard(raw),
    })
  }

  start(): void {
    this.running ??= this.run()
  }

  isLeader(): boolean {
    return this.clock.monotonic() < this.validUntil
  }

  term(): number | undefined {
    return this.isLeader() ? this.leadingTerm : undefined
  }

  leadsFor(): number {
    return Math.max(0, this.validUntil - this.clock.monotonic())
  }

  holder(): string | undefined {
    return this.seen && lease.holderOf(this.seen.raw)
  }

  checkNow(): void {
    this.sleep.abort()
  }

  async release(): Promise<void> {
    this.stopping.abort(new Error('The election is over for this process.'))
    this.stop('given back')
    this.watch.close()
    this.checkNow()
    await this.running
    try {
      await this.giveBack()
    } catch (err) {
      this.options.log.warn(
        describeApiFault(err),
        'the lease could not be released; a standby acquires it when it expires',
      )
    }
  }

  /** Reads first: a renewal that was cut off may have arrived, so the version that we know may be an old one. */
  private async giveBack(): Promise<void> {
    const { api, identity } = this.options
    const raw = await api.read()
    if (raw && lease.holderOf(raw) === identity) await api.replace(lease.released(raw, this.clock.wall()))
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const wait = await this.step()
      if (this.stopping.signal.aborted) return
      if (this.isLeader()) this.watch.close()
      else this.watch.open()
      await pause(this.clock, wait, this.sleep.signal)
      this.sleep = new AbortController()
    }
  }

  /** Renews, takes or looks. Returns how long to wait before the next step, ms. */
  private async step(): Promise<number> {
    this.endIfExpired()
    try {
      const wait = await this.tryOnce()
      this.failures = 0
      return wait
    } catch (err) {
      return this.stopping.signal.aborted ? 0 : this.failed(err)
    }
  }

  private async tryOnce(): Promise<number> {
    if (this.leads()) return this.hold(lease.renewed)
    // Never take the lease by what a watch last showed: it may have gone silent.
    if (!this.watch.isOpen() || this.untilFree() <= 0) await this.look()
    if (!this.seen) return this.hold()
    const wait = this.untilFree()
    if (wait <= 0) return this.hold(lease.acquired)
    // While the watch is open there is nothing to ask before the lease could expire.
    return this.watch.isOpen() ? wait : Math.min(wait, this.options.retryPeriodSeconds * 1000)
  }

  /** A lease that is still ours once our term has ended is taken again, not renewed. */
  private leads(): boolean {
    return this.leadingTerm !== undefined && this.hasMyName()
  }

  private hasMyName(): boolean {
    return this.seen !== undefined && lease.holderOf(this.seen.raw) === this.options.identity
  }

  /** How long the lease can't be taken yet, ms. */
  private untilFree(): number {
    if (!this.seen) return 0
    // Held under our name: by this process in a term that has ended, or by its predecessor in the same pod, which is dead.
    if (this.hasMyName()) return 0
    return lease.freeFrom(this.seen) - this.clock.monotonic()
  }

  private async look(): Promise<void> {
    const raw = await this.options.api.read(this.stopping.signal)
    if (raw && !lease.isNewer(raw, this.seen)) return
    // Something happened that the watch did not tell: it has gone silent.
    if (this.watch.isOpen()) this.watch.close()
    if (raw) this.note(raw)
    else this.seen = undefined
  }

  /** Writes a lease that is ours: a new one, or what `change` makes of the one seen. */
  private async hold(change?: (raw: RawLease, claim: lease.Claim) => RawLease): Promise<number> {
    const { api, identity, leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds } = this.options
    const { signal } = this.stopping
    const current = this.leads() ? this.leadingTerm : undefined
    const term = current ?? this.lastTerm + 1
    const claim = { identity, leaseDurationSeconds, term, wall: this.clock.wall() }
    // Reckoned from before the request leaves: the standby reckons from after it arrived.
    const sentAt = this.clock.monotonic()
    const raw =
      change && this.seen
        ? await api.replace(change(this.seen.raw, claim), signal)
        : await api.create(lease.newLease(api.namespace, api.name, claim), signal)
    this.endIfExpired()
    this.note(raw)
    // Its term has ended meanwhile.
    if (current !== undefined && this.leadingTerm === undefined) return 0
    this.leadUntil(sentAt + renewDeadlineSeconds * 1000)
    return Math.max(0, sentAt + retryPeriodSeconds * 1000 - this.clock.monotonic())
  }

  private note(raw: RawLease): void {
    this.seen = { raw, seenAt: this.clock.monotonic() }
    this.lastTerm = Math.max(this.lastTerm, lease.termOf(raw))
    if (lease.holderOf(raw) === this.options.identity) return
    this.stop('another pod holds the lease')
  }

  private leadUntil(validUntil: number): void {
    const now = this.clock.monotonic()
    // An answer that comes too late carries nothing: the next renewal will.
    if (this.stopping.signal.aborted || now >= validUntil) return
    const term = lease.termOf(this.seen!.raw)
    if (this.leadingTerm !== undefined && this.leadingTerm !== term) this.stop('a new term begins')
    this.validUntil = validUntil
    this.cancelExpiry()
    this.cancelExpiry = this.clock.after(validUntil - now, () => this.endIfExpired())
    if (this.leadingTerm !== undefined) return
    this.leadingTerm = term
    this.options.log.info({ lease: named(this.options.api.name), term }, 'leadership began')
    this.tell(() => this.options.onStartedLeading?.(term))
  }

  private endIfExpired(): void {
    if (!this.isLeader()) this.stop('the lease was not renewed in time')
  }

  private stop(because: string): void {
    this.validUntil = -Infinity
    this.cancelExpiry()
    if (this.leadingTerm === undefined) return
    this.options.log.info(
      { lease: named(this.options.api.name), term: this.leadingTerm, because: ownWords(because) },
      'leadership ended',
    )
    this.leadingTerm = undefined
    this.tell(() => this.options.onStoppedLeading?.())
  }

  private tell(hook: () => void): void {
    try {
      hook()
    } catch (err) {
      this.options.log.error(describeBug(err), 'a leadership hook failed')
    }
  }

  private failed(err: unknown): number {
    const { log, retryPeriodSeconds, chance = Math.random } = this.options
    const status = (err as { status?: number }).status
    if (status === 409 || status === 404) {
      // Somebody wrote or removed it: what we know of it is out of date.
      this.seen = undefined
      return LOST_RACE
    }
    // An outage is logged once, not every second.
    const level = this.failures++ === 0 ? 'warn' : 'debug'
    log[level](
      { ...describeApiFault(err), failures: this.failures },
      'the lease could not be read or written; the elector tries again',
    )
    return retryPeriodSeconds * 1000 * (0.5 + 0.5 * chance())
  }

  private heard(raw: RawLease | undefined): void {
    if (raw && !lease.isNewer(raw, this.seen)) return
    if (raw) this.note(raw)
    else this.seen = undefined
    if (!raw || lease.holderOf(raw) === '') this.checkNow()
  }
}
