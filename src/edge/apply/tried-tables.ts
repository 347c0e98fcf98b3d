/** A table is tried before it takes the place of the one that the proxy runs, and whatever happens meanwhile, a proxy that starts again reads one that works. */
import { fingerprint } from '../../lib/canonical.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import { digestOf } from '../render/route-tables.ts'
import { PARTS, type Part, type Proxy } from './proxy-control.ts'
import type { ProxyFiles } from './proxy-files.ts'

/** A proxy that has not answered for so long may be one that the new table keeps from starting. Milliseconds. */
const NO_ANSWER_AFTER = 10_000
/**
 * So often a text is tried that a running proxy rejects or does not answer to: the first time may have had another cause. A proxy that did not
 * run when the text was written may just start slowly: that says nothing about the text.
 */
const MOST_TRIES = 2

export interface TriedTables {
  /** Wants this text from now on. What can't be rendered leaves the last one in place. */
  put(part: Part, render: () => string): void
  /** What lies there now. */
  read(part: Part): string | undefined
  /** What the file says changed without its text: it has to be read again. */
  readAgain(part: Part): void
  /** Has the proxy load what is due. What fails is left for the next time, and holds up nothing else. */
  load(): Promise<void>
  /** Something that is wanted may still be loaded. */
  isBehind(): boolean
}

interface Trial {
  /** By the monotonic clock. */
  at: number
  /** The proxy answered before. */
  isOfRunning: boolean
}

interface Refusal {
  text: string
  tries: number
  isFinal: boolean
}

export interface TriedTablesOptions {
  files: ProxyFiles
  proxy: Pick<Proxy, 'reload'>
  log: Log
  clock: Clock
  /** Where each part lies. */
  names: Record<Part, string>
  /** What a proxy reads where nothing was ever confirmed; a part that is not here has nothing to fall back to. */
  first: Partial<Record<Part, string>>
  /** The proxy runs this text. */
  onLoaded: (part: Part, text: string) => void
  /** The parts whose newest text is not in use. */
  onRefused: (parts: readonly Part[]) => void
}

export function createTriedTables(o: TriedTablesOptions): TriedTables {
  return new Tables(o)
}

class Tables implements TriedTables {
  private readonly o: TriedTablesOptions
  private readonly wanted = new Map<Part, string>()
  private readonly refused = new Map<Part, Refusal>()
  private readonly trials = new Map<Part, Trial>()
  /** Written and not yet loaded. A proxy that was started since has read them all, and loading twice does no harm. */
  private readonly due = new Set<Part>(PARTS)
  /** Those whose newest text could not be rendered. */
  private readonly unrendered = new Set<Part>()
  private isAnswering = false

  constructor(o: TriedTablesOptions) {
    this.o = o
    // An agent that ended between writing and the answer left both.
    for (const part of PARTS) o.files.putBack(o.names[part])
  }

  put(part: Part, render: () => string): void {
    try {
      this.wanted.set(part, render())
      if (this.unrendered.delete(part)) this.tell()
    } catch (error) {
      this.o.log.error({ part, ...describeBug(error) }, 'a table could not be rendered; the last one stays in use')
      this.unrendered.add(part)
      this.tell()
    }
    this.attempt(part)
  }

  read(part: Part): string | undefined {
    return this.o.files.read(this.o.names[part])
  }

  readAgain(part: Part): void {
    this.due.add(part)
  }

  async load(): Promise<void> {
    for (const part of PARTS) {
      if (this.isAnswering) this.attempt(part)
      if (!this.due.has(part)) continue
      const answer = await this.o.proxy.reload(part, digestOf(this.read(part)))
      if (answer === 'Away') return this.noAnswer()
      this.isAnswering = true
      if (answer === 'Loaded') this.confirm(part)
      else if (answer === 'Refused') {
        this.putBack(part, 1)
        if (this.trials.delete(part)) this.due.delete(part)
      }
    }
  }

  isBehind(): boolean {
    const isWaiting = ([part, text]: [Part, string]) => this.read(part) !== text && !this.refused.get(part)?.isFinal
    return this.due.size > 0 || this.unrendered.size > 0 || [...this.wanted].some(isWaiting)
  }

  private isRefused(part: Part, text: string): boolean {
    const refusal = this.refused.get(part)
    return refusal?.text === fingerprint(text) && (refusal.isFinal || !this.isAnswering)
  }

  private attempt(part: Part): void {
    const { files, names, first, clock } = this.o
    const text = this.wanted.get(part)
    if (text === undefined || this.read(part) === text || this.isRefused(part, text)) return
    files.keepGood(names[part], first[part])
    files.put(names[part], text)
    this.due.add(part)
    this.trials.set(part, { at: clock.monotonic(), isOfRunning: this.isAnswering })
  }

  private confirm(part: Part): void {
    this.due.delete(part)
    this.trials.delete(part)
    this.o.files.dropGood(this.o.names[part])
    const text = this.read(part)
    if (text === this.wanted.get(part) && this.refused.delete(part)) this.tell()
    this.o.onLoaded(part, text ?? '')
  }

  private noAnswer(): void {
    this.isAnswering = false
    const now = this.o.clock.monotonic()
    for (const part of this.due) {
      const { at, isOfRunning } = this.trials.get(part) ?? { at: now, isOfRunning: false }
      if (now - at > NO_ANSWER_AFTER) this.putBack(part, isOfRunning ? 1 : 0)
    }
  }

  /** @param counts 1 when what happened speaks against the text */
  private putBack(part: Part, counts: 0 | 1): void {
    const text = this.read(part)
    if (text === undefined || !this.o.files.putBack(this.o.names[part])) return
    const before = this.refused.get(part)
    const tries = (before?.text === fingerprint(text) ? before.tries : 0) + counts
    this.o.log.error({ part }, 'the new table does not work; the last one that did is in its place')
    this.refuse(part, { text: fingerprint(text), tries, isFinal: tries >= MOST_TRIES })
  }

  private refuse(part: Part, refusal: Refusal): void {
    this.refused.set(part, refusal)
    this.tell()
  }

  private tell(): void {
    this.o.onRefused(PARTS.filter((part) => this.refused.has(part) || this.unrendered.has(part)))
  }
}
