import type { CallbotSpec } from '../../api/callbot.ts'
import type { Clock } from '../../runtime/clock.ts'
import { createAsk, type Observe } from './provider-failover.ts'
import { healthAfter, type SpeechHealth, unknown } from './speech-health.ts'
import type { Server } from './provider.ts'
import { renderingOf, renderingRequest, transcriptionOf, transcriptionRequest } from './openai-requests.ts'

/** Hears and speaks by the servers of the bot's spec. */
export interface SpeechClient {
  /** What was said; empty if nothing. @throws SpeechFault, or the signal's reason */
  transcribe(samples: Int16Array, hints: readonly string[], signal: AbortSignal): Promise<string>
  /** @param isFixed the same in every call @throws SpeechFault, or the signal's reason */
  render(text: string, isFixed: boolean, signal: AbortSignal): Promise<Int16Array>
  health(): { readonly asr: SpeechHealth; readonly tts: SpeechHealth }
}

export function createSpeechClient(o: {
  language: string
  speech: CallbotSpec['speech']
  asr: readonly Server[]
  tts: readonly Server[]
  clock: Clock
  random: () => number
  observe: Observe
}): SpeechClient {
  const { language, speech } = o
  const askAsr = createAsk({ ...o, what: 'asr', servers: o.asr })
  const askTts = createAsk({ ...o, what: 'tts', servers: o.tts })
  let asr = unknown
  let tts = unknown
  return {
    async transcribe(samples, hints, signal) {
      const likely = [...hints, ...speech.vocabulary]
      const request = ({ provider }: Server) => transcriptionRequest(provider, { samples, language, hints: likely })
      return judge(askAsr({ request, read: transcriptionOf }, signal), signal, (health) => (asr = health))
    },
    async render(text, isFixed, signal) {
      const request = ({ provider }: Server) => renderingRequest(provider, { text, language, isFixed })
      return judge(askTts({ request, read: renderingOf }, signal), signal, (health) => (tts = health))
    },
    health: () => ({ asr, tts }),
  }
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
