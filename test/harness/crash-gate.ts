/** What a program does outside of itself and in which order: it can be killed at any of its acts, or an answer to it can be lost. */

/** One write to the API server, such as `PATCH callbots/status`, or one order to an edge or a pod. */
export interface Act {
  /** From 1 on, since the gate was last told to count. */
  number: number
  what: string
}

/**
 * - `before`: nobody gets the act
 * - `unheard`: it was carried out, and the program never hears of that
 * - `heard`: it was carried out and answered
 */
export type When = 'before' | 'unheard' | 'heard'

interface Strike {
  isAt: (act: Act) => boolean
  when: When
  /** Absent: the program lives on, and only the act or its answer is lost. */
  kill?: () => void
}

/** Until an answer on loopback was read, milliseconds. */
const HEARD_MS = 10

/** Every act of a program passes here, whoever it is meant for. */
export class CrashGate {
  acts: Act[] = []
  private lastAct = -Infinity
  private pending: (Strike & { struck: (act: Act) => void }) | undefined
  private isDead = false
  private underWay = 0

  /** The program is dead: what it had sent goes nowhere any more. */
  get dead(): boolean {
    return this.isDead
  }

  /** Milliseconds since the last act. */
  quietFor(): number {
    return performance.now() - this.lastAct
  }

  /** Resets the count, and strikes nowhere. Lets a new program through after the old one was killed. */
  count(): void {
    this.acts = []
    this.isDead = false
    this.pending = undefined
  }

  /** Resets the count; resolves when it has struck. */
  strikeAt(strike: Strike): Promise<Act> {
    this.count()
    const { promise, resolve } = Promise.withResolvers<Act>()
    this.pending = { ...strike, struck: resolve }
    return promise
  }

  note(what: string): Act {
    const act = { number: this.acts.length + 1, what }
    this.acts.push(act)
    this.lastAct = performance.now()
    return act
  }

  /** Carries an act out. What a program had sent before it died may still be carried out, until `isIdle`. */
  async through<T>(carryOut: () => Promise<T>): Promise<T> {
    this.underWay++
    try {
      return await carryOut()
    } finally {
      this.underWay--
    }
  }

  get isIdle(): boolean {
    return this.underWay === 0
  }

  /** Its answer is on the way: the program dies when it has had the time to act upon it. */
  heard(act: Act | undefined): void {
    setTimeout(() => this.strikes(act, 'heard'), HEARD_MS)
  }

  /** Whether the act ends here: nobody must get it, or its answer, any more. */
  strikes(act: Act | undefined, when: When): boolean {
    const { pending } = this
    const isCounted = act !== undefined && this.acts[act.number - 1] === act
    if (!isCounted || pending?.when !== when || !pending.isAt(act)) return this.isDead
    this.pending = undefined
    this.isDead = pending.kill !== undefined
    pending.kill?.()
    pending.struck(act)
    return true
  }
}
