import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import { SpeechFault } from './speech-fault.ts'
import { hedge } from './hedge.ts'
import type { HttpAnswer, HttpPost } from './http-client.ts'
import { createAsker, type Server } from './provider.ts'

/** One request to one provider, told to the metrics. `provider` is its place in the spec. */
export type Observe = (seen: {
  readonly what: 'asr' | 'tts' | 'llm'
  readonly provider: number
  readonly result: 'ok' | 'called-off' | 'busy' | 'refused' | 'broken' | 'left-alone'
  readonly seconds: number
}) => void

/** How a question is put to a server, and its answer read. */
export interface Question<T> {
  request(server: Server): Pick<HttpPost, 'path' | 'headers' | 'body'>
  /** @throws SpeechFault if it is no answer to the question */
  read(answer: HttpAnswer): T | Promise<T>
}

/** Asks the providers of one thing, in the order of the spec. @throws SpeechFault, or the signal's reason */
export type Ask = <T>(question: Question<T>, signal: AbortSignal) => Promise<T>

/** Rounds over all providers, and the wait between them: what is busy now may not be in a moment. */
const ROUNDS = 3
const BETWEEN: BackoffRule = { first: 300, most: 1_500, factor: 2, jitter: 0.3 }

export function createAsk(o: {
  what: 'asr' | 'tts' | 'llm'
  servers: readonly Server[]
  clock: Clock
  random: () => number
  observe: Observe
}): Ask {
  const { what, servers, clock, observe } = o
  const askers = servers.map((server) => ({ server, post: createAsker(server) }))

  async function askOne<T>(provider: number, question: Question<T>, signal: AbortSignal): Promise<T> {
    const { server, post } = askers[provider]!
    const from = clock.monotonic()
    const tell = (result: Parameters<Observe>[0]['result']) =>
      observe({ what, provider, result, seconds: (clock.monotonic() - from) / 1_000 })
    try {
      const answer = await question.read(await post(question.request(server), signal))
      tell('ok')
      return answer
    } catch (error) {
      tell(signal.aborted ? 'called-off' : RESULTS[asFault(error).kind])
      throw error
    }
  }

  return async (question, signal) => {
    const ways = askers.map(({ server }, provider) => ({
      ask: (inner: AbortSignal) => askOne(provider, question, inner),
      patienceMs: server.provider.timeoutMilliseconds,
    }))
    for (let round = 1; ; round++) {
      try {
        return await hedge(ways, clock, signal)
      } catch (error) {
        if (signal.aborted) throw error
        const isHopeless = error instanceof SpeechFault && error.kind === 'Refused'
        if (round === ROUNDS || isHopeless) throw asFault(error)
        await pause(clock, backoff(BETWEEN, round, o.random()), signal)
      }
    }
  }
}

const RESULTS = { Busy: 'busy', Refused: 'refused', Broken: 'broken', LeftAlone: 'left-alone' } as const

function asFault(error: unknown): SpeechFault {
  return error instanceof SpeechFault ? error : new SpeechFault('Broken', 'the request failed', { cause: error })
}
