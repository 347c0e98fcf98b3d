import type { RootsInUse } from '../rules/root-turn.ts'
import type { Refused } from './submission.ts'

/** How the program is, in numbers and our own words: nothing of a call. */
export interface StateView {
  readonly ready: boolean
  /** Why it is not ready. */
  readonly reason?: string
  /** The reason is that the namespace has as many keys or octets as it may have. */
  readonly isFull?: boolean
  /** Records that were stored, and records that were refused for good, since the program started. */
  readonly accepted: number
  readonly refused: number
  /** Milliseconds since the end of the oldest call that was put off and has not come again. */
  readonly oldestPending?: number
  /** Root keys; absent: the database was not asked lately, or does not answer. */
  readonly roots?: RootsInUse
}

/** Calls that were put off; more than this are not remembered. */
const MOST_PENDING = 10_000
/** A pod tries again within half a minute. One that has not for so long is gone. Milliseconds. */
const GIVEN_UP_MS = 300_000
/** Keys are destroyed by what pods say of them: it counts for four rounds. Milliseconds. */
const ROOTS_KNOWN_MS = 20_000

type PutOff = Pick<Refused, 'because' | 'isFull'>

interface Pending {
  readonly endedAt: number
  readonly because: string
  readonly isFull: boolean
  /** When it was put off last. */
  readonly seen: number
}

/** All times in milliseconds since 1970. */
export class Status {
  /** Why the root keys are missing; undefined: they are there. */
  private readonly rootsProblem: () => string | undefined
  private readonly pending = new Map<string, Pending>()
  private accepted = 0
  private refused = 0
  private roots: { readonly inUse: RootsInUse; readonly at: number } | undefined
  private database: string | undefined = 'the database was not asked yet'

  constructor(rootsProblem: () => string | undefined) {
    this.rootsProblem = rootsProblem
  }

  /** @param problem undefined: it answers, and keeps what it gets */
  databaseIs(problem: string | undefined): void {
    this.database = problem
  }

  /** @param inUse undefined: not known @param at when the database was asked */
  rootsAre(inUse: RootsInUse | undefined, at: number): void {
    this.roots = inUse && { inUse, at }
  }

  get databaseProblem(): string | undefined {
    return this.database
  }

  stored(call: string, records: number): void {
    this.accepted += records
    this.pending.delete(call)
  }

  refusedForGood(call: string, records: number): void {
    this.refused += records
    this.pending.delete(call)
  }

  putOff(call: string, endedAt: number, { because, isFull = false }: PutOff, now: number): void {
    this.pending.delete(call)
    if (this.pending.size < MOST_PENDING) this.pending.set(call, { endedAt, because, isFull, seen: now })
  }

  view(now: number): StateView {
    for (const [call, { seen }] of this.pending) if (now - seen > GIVEN_UP_MS) this.pending.delete(call)
    const pending = [...this.pending.values()]
    const oldest = pending.reduce((least, { endedAt }) => Math.min(least, endedAt), Infinity)
    const newest = pending.findLast(({ isFull }) => isFull) ?? pending.at(-1)
    const worse = this.rootsProblem() ?? this.database
    const reason = worse ?? newest?.because
    return {
      ready: reason === undefined,
      ...(reason !== undefined && { reason }),
      ...(worse === undefined && newest?.isFull && { isFull: true }),
      accepted: this.accepted,
      refused: this.refused,
      ...(oldest !== Infinity && { oldestPending: Math.max(0, now - oldest) }),
      ...(this.roots && Math.abs(now - this.roots.at) <= ROOTS_KNOWN_MS && { roots: this.roots.inUse }),
    }
  }
}
