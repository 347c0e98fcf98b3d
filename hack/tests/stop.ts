/** What ends a run early: Ctrl-C, or its time limit. */

/** The variable with the second of the epoch at which a run ends itself, so that its closing is printed before anybody kills it. */
export const UNTIL = 'TEST_UNTIL'

export class Stop {
  readonly #controller = new AbortController()

  /** @param until milliseconds of the epoch; undefined: no limit */
  constructor(until?: number) {
    if (until === undefined) return
    const end = () => this.#controller.abort('the time limit of the run had come')
    setTimeout(end, Math.max(0, until - Date.now())).unref()
  }

  /** Ctrl-C, and whoever ends this process, end the run. */
  heedSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => this.#controller.abort('the run was interrupted'))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why the run ends early; undefined: it goes on. */
  get reason(): string | undefined {
    return this.signal.aborted ? String(this.signal.reason) : undefined
  }
}

/** @param said the variable `TEST_UNTIL`. @throws Error for what is no second of the epoch */
export function limitOf(said = process.env[UNTIL]): number | undefined {
  if (said === undefined || said === '') return undefined
  const seconds = Number(said)
  if (!(seconds > 0))
    throw new Error(`${UNTIL}=${said} is no second of the epoch: leave it out, or say $(date +%s) and more`)
  return seconds * 1_000
}
