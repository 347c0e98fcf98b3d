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
/** So often a text is tried that the proxy rejects or does not answer to: the first time may have had another cause. */
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
  const { files, names } = o
  const wanted = new Map<Part, string>()
  const refused = new Map<Part, Refusal>()
  const triedAt = new Map<Part, number>()
  /** Written and not yet loaded. A proxy that was started since has read them all, and loading twice does no harm. */
  const due = new Set<Part>(PARTS)
  let isAnswering = true
  // An agent that ended between writing and the answer left both.
  for (const part of PARTS) files.putBack(names[part])

  const isRefused = (part: Part, text: string) => {
    const refusal = refused.get(part)
    return refusal?.text === fingerprint(text) && (refusal.isFinal || !isAnswering)
  }

  function attempt(part: Part): void {
    const text = wanted.get(part)
    if (text === undefined || files.read(names[part]) === text || isRefused(part, text)) return
    files.keepGood(names[part], o.first[part])
    files.put(names[part], text)
    due.add(part)
    triedAt.set(part, o.clock.monotonic())
  }

  function putBack(part: Part): void {
    const text = files.read(names[part])
    if (text === undefined || !files.putBack(names[part])) return
    const tries = (refused.get(part)?.text === fingerprint(text) ? refused.get(part)!.tries : 0) + 1
    refused.set(part, { text: fingerprint(text), tries, isFinal: tries >= MOST_TRIES })
    o.log.error({ part }, 'the new table does not work; the last one that did is in its place')
    o.onRefused([...refused.keys()])
  }

  function confirm(part: Part): void {
    due.delete(part)
    triedAt.delete(part)
    files.dropGood(names[part])
    const text = files.read(names[part])
    if (text === wanted.get(part) && refused.delete(part)) o.onRefused([...refused.keys()])
    o.onLoaded(part, text ?? '')
  }

  function noAnswer(): void {
    isAnswering = false
    const now = o.clock.monotonic()
    for (const part of due) if (now - (triedAt.get(part) ?? now) > NO_ANSWER_AFTER) putBack(part)
  }

  return {
    put(part, render) {
      try {
        wanted.set(part, render())
      } catch (error) {
        o.log.error({ part, ...describeBug(error) }, 'a table could not be rendered; the last one stays in use')
        refused.set(part, { text: '', tries: 0, isFinal: true })
        o.onRefused([...refused.keys()])
      }
      attempt(part)
    },
    read: (part) => files.read(names[part]),
    readAgain: (part) => void due.add(part),
    async load() {
      for (const part of PARTS) {
        if (isAnswering) attempt(part)
        if (!due.has(part)) continue
        const answer = await o.proxy.reload(part, digestOf(files.read(names[part])))
        if (answer === 'Away') return noAnswer()
        isAnswering = true
        if (answer === 'Loaded') confirm(part)
        else if (answer === 'Refused') {
          putBack(part)
          if (triedAt.delete(part)) due.delete(part)
        }
      }
    },
    isBehind: () =>
      due.size > 0 ||
      [...wanted].some(([part, text]) => files.read(names[part]) !== text && !refused.get(part)?.isFinal),
  }
}
