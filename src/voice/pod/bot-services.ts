import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { ReportedTest } from '../../rules/flow/test-results.ts'
import type { Identity } from '../../pki/identity.ts'
import type { Egress } from '../../webclient/egress-policy.ts'
import { sentencesOf } from '../call/sentence-splitter.ts'
import type { ModelAnswer } from '../call/types.ts'
import type { VoiceConfig } from '../config.ts'
import type { AskModel } from '../../conversation/types.ts'
import { type FlowProblem, openFlowLoader, type PreparedFlow } from '../flow/flow-loader.ts'
import { conversationAnswerOf, conversationRequest } from '../llm/chat-completions.ts'
import { createAsk, type Observe } from '../speech/provider-failover.ts'
import { createSpeechClient, type SpeechClient } from '../speech/speech-client.ts'
import { createPrompts, type Prompts } from '../speech/prompt-cache.ts'
import { openSpeechServers } from '../speech/speech-servers.ts'

/** What a bot talks with: its dialog, its servers, and the sentences that are rendered ahead. */
export interface Voice {
  readonly client: SpeechClient
  /** What a language model makes of the talk. @throws SpeechFault, or the signal's reason */
  askModel(wait: AskModel, signal: AbortSignal): Promise<ModelAnswer>
  /** For calls that begin now; undefined: there is no dialog that could be used. */
  readonly now: Ready | undefined
  readonly problem: FlowProblem | undefined
  /** The first of the bot's own tests that the newest dialog fails: calls get the one before, if any. */
  readonly failedTest: ReportedTest | undefined
  readonly isPlayingTests: boolean
  /**
   * The first words are rendered; or could not be within `greetingSeconds`, since a bot that is slow to speak is still better than none.
   * True for good once it was.
   */
  readonly canGreet: boolean
  renew(identity: Identity): void
  close(): Promise<void>
}

/** What a call begins with, and keeps. */
interface Ready {
  readonly flow: PreparedFlow['flow']
  readonly prompts: Prompts
  /** The sounds of the last words, as far as they are rendered. */
  apology(): readonly Int16Array[]
}

const readyWith = ({ flow, apology }: PreparedFlow, prompts: Prompts): Ready => ({
  flow,
  prompts,
  apology: () => sentencesOf(apology).flatMap((sentence) => prompts.get(sentence) ?? []),
})

export async function openVoice(o: {
  bot: BotConfiguration
  config: Pick<VoiceConfig, 'speechUrl' | 'secretsFolder' | 'greetingSeconds'>
  identity: Identity
  egress: Egress
  clock: Clock
  random: () => number
  log: Log
  observe: Observe
}): Promise<Voice> {
  const { bot, config, clock } = o
  const servers = openSpeechServers({
    ...config,
    ...bot,
    embeddedUrl: config.speechUrl,
    identity: o.identity,
    egress: o.egress,
  })
  const client = createSpeechClient({ ...o, ...bot, asr: servers.asr, tts: servers.tts })
  const askLlm = createAsk({ ...o, what: 'llm', servers: servers.llm })
  const since = clock.monotonic()
  let prompts: Prompts | undefined
  let couldGreet = false

  /** Sentences of the dialog before are asked for again: the server still has them. Calls that go on keep theirs. */
  const onChange = ({ greeting, texts }: PreparedFlow) => {
    prompts?.close()
    prompts = createPrompts({ ...o, greeting, texts, client })
  }
  const flows = await openFlowLoader({ bot, clock, log: o.log, onChange })
  return {
    client,
    askModel: (wait, signal) =>
      askLlm(
        { request: ({ provider }) => conversationRequest(provider, wait, bot.language), read: conversationAnswerOf },
        signal,
      ),
    get now() {
      const { current } = flows
      return current === undefined || prompts === undefined ? undefined : readyWith(current, prompts)
    },
    get problem() {
      return flows.problem
    },
    get failedTest() {
      return flows.failedTest
    },
    get isPlayingTests() {
      return flows.isPlaying
    },
    get canGreet() {
      const isLate = clock.monotonic() - since >= config.greetingSeconds * 1_000
      return (couldGreet ||= isLate || prompts?.isGreetingReady === true)
    },
    renew: (identity) => servers.renew(identity),
    async close() {
      flows.close()
      prompts?.close()
      await servers.close()
    },
  }
}
