import type { CallbotSpec } from '../../api/callbot.ts'
import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import { type Clock, pause } from '../../lib/clock.ts'
import { SpeechFault } from './fault.ts'
import { healthAfter, type SpeechHealth, unknown } from './health.ts'
import { hedge } from './hedge.ts'
import type { HttpAnswer } from './http.ts'
import { createAsker, type Server } from './provider.ts'
import { renderingOf, renderingRequest, transcriptionOf, transcriptionRequest } from './requests.ts'

/** Hears and speaks by the servers of the bot's spec. */
export interface SpeechClient {
  /** What was said; empty if nothing. @throws SpeechFault, or the signal's reason */
  transcribe(samples: Int16Array, hints: readonly string[], signal: AbortSignal): Promise<string>
  /** @param isFixed the same in every call @throws SpeechFault, or the signal's reason */
  render(text: string, isFixed: boolean, signal: AbortSignal): Promise<Int16Array>
  health(): { readonly asr: SpeechHealth; readonly tts: SpeechHealth }
}

/** One request to one provider, told to the metrics. `provider` is its place in the spec. */
export type Observe = (seen: {
  readonly what: 'asr' | 'tts'
  readonly provider: number
  readonly result: 'ok' | 'called-off' | 'busy' | 'refused' | 'broken' | 'left-alone'
  readonly seconds: number
}) => void

/** Rounds over all providers, and the wait between them: what is busy now may not be in a moment. */
const ROUNDS = 3
const BETWEEN: BackoffRule = { first: 300, most: 1_500, factor: 2, jitter: 0.3 }

export function createSpeechClient(o: {
  language: string
  speech: CallbotSpec['speech']
  asr: readonly Server[]
  tts: readonly Server[]
  clock: Clock
  random: () => number
  observe: Observe
}): SpeechClient {
  const askers = new Map([...o.asr, ...o.tts].map((server) => [server, createAsker(server)]))
  let asrHealth = unknown
  let ttsHealth = unknown

  async function askOne<T>(what: 'asr' | 'tts', server: Server, make: Maker<T>, signal: AbortSignal): Promise<T> {
    const from = o.clock.monotonic()
    const tell = (result: Parameters<Observe>[0]['result']) => {
      const provider = (what === 'asr' ? o.asr : o.tts).indexOf(server)
      o.observe({ what, provider, result, seconds: (o.clock.monotonic() - from) / 1_000 })
    }
    try {
      const answer = make.read(await askers.get(server)!(make.request(server), signal))
      tell('ok')
      return answer
    } catch (error) {
      tell(signal.aborted ? 'called-off' : resultOf(error))
      throw error
    }
  }

  async function ask<T>(what: 'asr' | 'tts', make: Maker<T>, signal: AbortSignal): Promise<T> {
    const servers = what === 'asr' ? o.asr : o.tts
    for (let round = 1; ; round++) {
      const ways = servers.map((server) => ({
        ask: (inner: AbortSignal) => askOne(what, server, make, inner),
        patienceMs: server.provider.timeoutMilliseconds,
      }))
      try {
        return await hedge(ways, o.clock, signal)
      } catch (error) {
        if (signal.aborted) throw error
        const isHopeless = error instanceof SpeechFault && error.kind === 'Refused'
        if (round === ROUNDS || isHopeless) throw asFault(error)
        await pause(o.clock, backoff(BETWEEN, round, o.random()), signal)
      }
    }
  }

  return {
    async transcribe(samples, hints, signal) {
      const words = [...hints, ...o.speech.vocabulary]
      const request = ({ provider }: Server) =>
        transcriptionRequest(provider, { samples, language: o.language, hints: words })
      return judge(ask('asr', { request, read: transcriptionOf }, signal), signal, (health) => (asrHealth = health))
    },
    async render(text, isFixed, signal) {
      const request = ({ provider }: Server) => renderingRequest(provider, { text, language: o.language, isFixed })
      return judge(ask('tts', { request, read: renderingOf }, signal), signal, (health) => (ttsHealth = health))
    },
    health: () => ({ asr: asrHealth, tts: ttsHealth }),
  }
}

interface Maker<T> {
  request(server: Server): ReturnType<typeof renderingRequest>
  read(answer: HttpAnswer): T
}

async function judge<T>(asking: Promise<T>, signal: AbortSignal, tell: (health: SpeechHealth) => void): Promise<T> {
  try {
    const answer = await asking
    tell(healthAfter(undefined))
    return answer
  } catch (error) {
    if (!signal.aborted) tell(healthAfter(error as Error))
    throw error
  }
}

function asFault(error: unknown): SpeechFault {
  return error instanceof SpeechFault
    ? error
    : new SpeechFault('Broken', 'the answer could not be had', { cause: error })
}

const RESULTS = { Busy: 'busy', Refused: 'refused', Broken: 'broken', LeftAlone: 'left-alone' } as const
const resultOf = (error: unknown) => RESULTS[asFault(error).kind]
