import { describeBug } from '../../runtime/redacted-error.ts'
import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { partsOf, sentencesOf } from '../call/sentence-splitter.ts'
import { SAMPLE_RATE } from '../pipeline/frames.ts'
import type { SpeechClient } from './speech-client.ts'
import { SpeechFault } from './speech-fault.ts'

/** The sentences that are the same in every call: rendered ahead, kept in memory as long as the pod lives. */
export interface Prompts {
  /** The sound of a sentence, at once; undefined: not here. */
  get(sentence: string): Int16Array | undefined
  /**
   * From memory, else from the client at once. A fixed sentence is asked for once, however many calls wait for it; another one that is long
   * is rendered in two parts, so that the caller hears its beginning sooner.
   * @param begun gets the first of two parts
   * @returns all, or the part that `begun` did not get
   */
  render(sentence: string, signal: AbortSignal, begun: (samples: Int16Array) => void): Promise<Int16Array>
  /** Whether each of the first sentences is here. */
  readonly isGreetingReady: boolean
  /** Sentences that are here, and all. */
  readonly counts: { readonly here: number; readonly all: number }
  /** Ends the loading. */
  close(): void
}

/** Sentences that are rendered at a time: the server shall have room for calls. */
const AT_ONCE = 2
/** Silence at the comma between two parts of a sentence, in samples: 120 ms. */
const COMMA_PAUSE = 0.12 * SAMPLE_RATE
const AGAIN: BackoffRule = { first: 1_000, most: 15_000, factor: 2, jitter: 0.3 }

/**
 * Begins to render at once, the greeting first, and tries again what failed, for as long as the pod lives.
 * @param greeting what a caller hears first, and last when all else fails
 * @param texts all that the bot may say; sentences with a {field} are left out
 */
export function createPrompts(o: {
  greeting: readonly string[]
  texts: readonly string[]
  client: Pick<SpeechClient, 'render'>
  clock: Clock
  random: () => number
  log: Log
}): Prompts {
  const greeting = fixedOf(o.greeting)
  const all = new Set([...greeting, ...fixedOf(o.texts)])
  const here = new Map<string, Int16Array>()
  /** What is under way, rendered ahead or because a caller waits. */
  const ahead = new Map<string, Promise<Int16Array>>()
  const urgent = new Map<string, Promise<Int16Array>>()
  const closed = new AbortController()

  /** Not bound to the call that asked first: others wait for the same. */
  function fetchFixed(sentence: string, isAhead: boolean): Promise<Int16Array> {
    const under = isAhead ? ahead : urgent
    const known = urgent.get(sentence) ?? under.get(sentence)
    if (known !== undefined) return known
    // Servers render ahead in the time that is left over: a caller who waits must not wait for that.
    const fetching = o.client
      .render(sentence, isAhead, closed.signal)
      .then((samples) => {
        here.set(sentence, samples)
        return samples
      })
      .finally(() => under.delete(sentence))
    under.set(sentence, fetching)
    return fetching
  }

  const queue = [...all]
  const fetchNext = (sentence: string) => (here.has(sentence) ? Promise.resolve() : fetchFixed(sentence, true))
  const workers = Array.from({ length: AT_ONCE }, () => load(queue, fetchNext, { ...o, signal: closed.signal }))
  void Promise.all(workers).then(() => {
    if (!closed.signal.aborted) o.log.info({ sentences: here.size }, 'fixed sentences are rendered')
  })

  return {
    get: (sentence) => here.get(sentence),
    async render(sentence, signal, begun) {
      const known = here.get(sentence)
      if (known !== undefined) return known
      if (all.has(sentence)) return abortable(fetchFixed(sentence, false), signal)
      const [first, rest] = partsOf(sentence)
      const samples = await o.client.render(first, false, signal)
      if (rest === undefined) return samples
      begun(withPause(samples))
      return o.client.render(rest, false, signal)
    },
    get isGreetingReady() {
      return greeting.every((sentence) => here.has(sentence))
    },
    get counts() {
      return { here: here.size, all: all.size }
    },
    close: () => closed.abort(new Error('the pod is leaving')),
  }
}

/** Works on the queue until it is empty; what fails goes back to its head, unless it never can. */
async function load(
  queue: string[],
  fetch: (sentence: string) => Promise<unknown>,
  o: { clock: Clock; random: () => number; log: Log; signal: AbortSignal },
): Promise<void> {
  for (let failures = 0; !o.signal.aborted;) {
    const sentence = queue.shift()
    if (sentence === undefined) return
    try {
      await fetch(sentence)
      failures = 0
    } catch (error) {
      if (o.signal.aborted) return
      if (++failures === 1) o.log.warn(describeBug(error), 'a prompt could not be rendered')
      if (!(error instanceof SpeechFault) || error.kind !== 'Refused') queue.unshift(sentence)
      await pause(o.clock, backoff(AGAIN, failures, o.random()), o.signal)
    }
  }
}

function withPause(samples: Int16Array): Int16Array {
  const longer = new Int16Array(samples.length + COMMA_PAUSE)
  longer.set(samples)
  return longer
}

/** Sentences without anything of a caller. */
export function fixedOf(texts: readonly string[]): string[] {
  return texts.flatMap(sentencesOf).filter((sentence) => !/[{}]/.test(sentence))
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
