import type { Clock } from '../runtime/clock.ts'

/** An order, as far as it got. */
export type OrderView<Result> = { readonly state: 'Running' } | { readonly state: 'Done'; readonly result: Result }

interface Entry<Result> {
  /** Of what was ordered. What was ordered itself is not kept. */
  readonly fingerprint: string
  readonly off: AbortController
  view: OrderView<Result>
  forget: () => void
}

/**
 * Work by order: it is begun once for each id, and its result is kept for a while, so that an order whose answer was lost can be repeated. No
 * order is forgotten early: while as many are remembered as may be, no other is taken.
 */
export class Orders<Result> {
  private readonly entries = new Map<string, Entry<Result>>()
  private readonly o: { clock: Pick<Clock, 'after'>; most: number; keepMs: number }

  /**
   * @param o.most orders that are remembered, running ones included
   * @param o.keepMs for how long a result can be read
   */
  constructor(o: { clock: Pick<Clock, 'after'>; most: number; keepMs: number }) {
    this.o = o
  }

  get isFull(): boolean {
    return this.entries.size >= this.o.most
  }

  /** Undefined: there was no such order, or it is forgotten. */
  view(id: string): OrderView<Result> | undefined {
    return this.entries.get(id)?.view
  }

  /** Whether that id was ordered as it is now. False: it stands for another order. */
  isSame(id: string, fingerprint: string): boolean {
    return this.entries.get(id)?.fingerprint === fingerprint
  }

  /** Begins an order whose id is not known. @param work never rejects, and ends soon when its signal aborts */
  begin(id: string, fingerprint: string, work: (signal: AbortSignal) => Promise<Result>): void {
    const off = new AbortController()
    const entry: Entry<Result> = { fingerprint, off, view: { state: 'Running' }, forget: () => {} }
    this.entries.set(id, entry)
    void work(off.signal).then((result) => {
      entry.view = { state: 'Done', result }
      entry.forget = this.o.clock.after(this.o.keepMs, () => void this.entries.delete(id))
    })
  }

  /** Ends an order early; its result tells. False: there is no such order. */
  callOff(id: string): boolean {
    const entry = this.entries.get(id)
    entry?.off.abort()
    return entry !== undefined
  }

  /** Ends the order that was begun last and was not called off yet. */
  callOffLast(): void {
    const running = [...this.entries.values()].filter(
      ({ view, off }) => view.state === 'Running' && !off.signal.aborted,
    )
    running.at(-1)?.off.abort()
  }

  /** Calls all off, and remembers none any more once they have ended. */
  close(): void {
    for (const { off, forget } of this.entries.values()) {
      off.abort()
      forget()
    }
  }
}
