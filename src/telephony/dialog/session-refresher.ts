import type { Clock } from '../../runtime/clock.ts'
import { dueMs, type SessionTerms } from './session-timer.ts'

/** After a refresh that failed for the moment (RFC 4028 10 leaves the time open). */
const AGAIN_MS = 10_000

/** The clock of a session (RFC 4028): refreshes it in time, or gives it up when the other side doesn't. */
export class Refresher {
  readonly #o: { clock: Clock; refresh: () => void; expire: () => void }
  #terms: SessionTerms | undefined
  #agreedAt = 0
  #isOver = false
  #cancel: (() => void) | undefined

  constructor(o: { clock: Clock; refresh: () => void; expire: () => void }) {
    this.#o = o
  }

  get terms(): SessionTerms | undefined {
    return this.#terms
  }

  /** The session was agreed on or refreshed just now; without terms it never expires. */
  agree(terms: SessionTerms | undefined): void {
    if (this.#isOver) return
    this.#terms = terms
    this.#agreedAt = this.#o.clock.monotonic()
    this.#cancel?.()
    if (terms === undefined) return
    this.#cancel = this.#o.clock.after(dueMs(terms), terms.weRefresh ? this.#o.refresh : this.#o.expire)
  }

  /** A refresh of ours failed, but not for good: again soon, until the session's time is over. */
  failed(): void {
    if (this.#terms === undefined) return
    const left = 1_000 * this.#terms.seconds - (this.#o.clock.monotonic() - this.#agreedAt)
    this.#cancel?.()
    const { refresh, expire } = this.#o
    this.#cancel = this.#o.clock.after(Math.max(0, Math.min(AGAIN_MS, left)), left <= AGAIN_MS ? expire : refresh)
  }

  /** For good: an answer that comes later starts it no more. */
  end(): void {
    this.#isOver = true
    this.#cancel?.()
    this.#terms = undefined
  }
}
