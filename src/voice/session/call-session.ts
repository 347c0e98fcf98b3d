import { callName, named } from '../../runtime/log-fields.ts'
import { randomUUID } from 'node:crypto'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Log } from '../../runtime/log.ts'
import type { IncomingCall } from '../../telephony/call.ts'
import type { Media } from '../../telephony/media/types.ts'
import { sdp } from '../../telephony/renegotiate.ts'
import { field } from '../../wire/sip/serialise.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import type { CallPolicy } from '../../rules/policy-order.ts'
import type { CallRule } from '../call/transition.ts'
import type { CallInput } from '../call/types.ts'
import { type CallRecorder, openRecorder, type RecordKeeper } from './call-recorder.ts'
import { completeCall, type CallResult } from './call-outcome.ts'
import type { CallEnvironment } from './driver.ts'
import type { Outcome, VoiceMetrics } from '../metrics.ts'
import { type PartyMedia, openPartyMedia, Party } from './party.ts'
import type { EmergencyFallbackOptions } from './emergency-fallback.ts'
import type { MediaWatch } from './media-watchdog.ts'
import { ConversationSession, type ConversationEnd } from './conversation-session.ts'
import { transfer } from '../transfer/transfer.ts'
import type { TurnTap } from '../turn-tap/turn-tap.ts'

/** What a call needs of its pod. */
export interface CallDependencies extends Pick<
  CallEnvironment,
  'model' | 'client' | 'prompts' | 'askModel' | 'requestOperation' | 'clock'
> {
  readonly bot: BotConfiguration
  /** The dialog for calls that begin now. */
  readonly flow: CallRule['flow']
  /** What calls go by now. */
  readonly policy: () => CallPolicy
  /** Undefined: nothing is kept. */
  readonly keeper?: RecordKeeper
  readonly putThrough: EmergencyFallbackOptions['putThrough']
  readonly apology: EmergencyFallbackOptions['apology']
  readonly media: Media
  /** Undefined: no relay that could forget a call is between. */
  readonly watchMedia?: MediaWatch | undefined
  readonly turnTap: Pick<TurnTap, 'write'>
  readonly metrics: Pick<VoiceMetrics, 'answered' | 'ended' | 'turn'>
  readonly log: Log
}

/** How a call ended, for those who count. */
export interface Ended {
  readonly outcome: Outcome
  readonly reason: string
  /** It was answered, and by whose fault it may have ended is in `outcome`. */
  readonly wasAnswered: boolean
  /** Milliseconds from the INVITE to our 200. */
  readonly answerMs?: number
}

/** A call that is being carried. */
export interface CallSession {
  /** Never rejects. */
  readonly ended: Promise<Ended>
  /** Something happens to the talk from outside, such as the end of the pod's patience. Who is put through already is not concerned. */
  handle(input: CallInput): void
}

/** Answers a call and lets the bot talk until it is over, or somebody else has taken the caller. */
export function startCallSession(incoming: IncomingCall, place: CallDependencies): CallSession {
  const call = new RunningCallSession(incoming, place)
  return { ended: call.run(), handle: (input) => call.happen(input) }
}

const cancelled: Ended = { outcome: 'cancelled', reason: 'none', wasAnswered: false }

class RunningCallSession {
  private readonly name = callName(randomUUID())
  private readonly incoming: IncomingCall
  private readonly dependencies: CallDependencies
  private readonly recorder: CallRecorder | undefined
  private conversation: ConversationSession | undefined
  /** What happened before the talk began. */
  private pendingInput: CallInput | undefined

  constructor(incoming: IncomingCall, place: CallDependencies) {
    this.incoming = incoming
    this.dependencies = place
    const { keeper, policy, clock } = place
    this.recorder = keeper && openRecorder({ keeper, call: this.name, incoming: incoming.understood, policy, clock })
  }

  happen(input: CallInput): void {
    if (input.type === 'PolicyChanged') this.recorder?.policyChanged()
    if (this.conversation !== undefined) this.conversation.handle(input)
    // A conversation that begins has the newest policy by itself.
    else if (input.type !== 'PolicyChanged') this.pendingInput = input
  }

  async run(): Promise<Ended> {
    const { clock, metrics, turnTap, log } = this.dependencies
    const from = clock.monotonic()
    const ended = await this.runCall().catch((error: unknown): Ended => {
      log.error({ call: this.name, ...describeBug(error) }, 'a call failed')
      return { outcome: 'failed', reason: 'bug', wasAnswered: false }
    })
    const { outcome, reason } = ended
    const seconds = (clock.monotonic() - from) / 1_000
    metrics.ended(outcome, reason, seconds)
    turnTap.write({ call: this.name, ended: outcome })
    this.recorder?.end({ outcome, reason, collected: this.conversation?.handOver ?? {} })
    const mayTell = this.dependencies.policy().callMetadata === 'Kept'
    if (mayTell)
      log.info(
        { call: this.name, outcome, reason: named(reason), seconds: Math.round(seconds * 10) / 10 },
        'a call has ended',
      )
    return ended
  }

  private async runCall(): Promise<Ended> {
    const { incoming, dependencies } = this
    const line = await this.openMedia()
    if ('outcome' in line) return line
    const { session, body } = line
    let caller: Party | undefined
    try {
      if (incoming.cancelled.aborted) return cancelled
      const accepting = incoming.accept({ body: sdp(body) })
      const answerMs = dependencies.clock.monotonic() - incoming.receivedAt
      if (incoming.offer !== undefined) session.start()
      const dialog = await accepting
      if (dialog === undefined) return cancelled
      dependencies.metrics.answered(answerMs / 1_000)
      caller = new Party(dialog, line, dependencies.watchMedia)
      return { ...(await this.serve(caller)), wasAnswered: true, answerMs }
    } finally {
      await (caller ?? session).close()
    }
  }

  private async openMedia(): Promise<PartyMedia | Ended> {
    const { incoming, dependencies } = this
    const { srtp, codecs } = dependencies.bot.media
    const { offer } = incoming
    const line = await openPartyMedia((handlers) =>
      offer === undefined
        ? dependencies.media.offer({ srtp, codecs }, handlers)
        : dependencies.media.answer(offer.content, { srtp, codecs }, handlers),
    )
    if (!('kind' in line)) return line
    const { status, warning, because } = line
    incoming.refuse(status, [field('Warning', `${warning} callbot "${because}"`)])
    return { outcome: 'refused', reason: `media-${status}`, wasAnswered: false }
  }

  private async serve(caller: Party): Promise<CallResult> {
    if (!this.hasAnswered(caller)) {
      await caller.dialog.bye()
      return { outcome: 'failed', reason: 'media-answer' }
    }
    const end = await this.runConversation(caller)
    const handOver = this.conversation?.handOver ?? {}
    return completeCall(caller, this.incoming, {
      conversationEnd: end,
      handOver,
      options: this.emergencyFallbackOptions(),
    })
  }

  /** The answer to an offer of ours is in the ACK. */
  private hasAnswered({ dialog, session }: Party): boolean {
    if (this.incoming.offer !== undefined) return true
    if (dialog.remoteBody === undefined || session.complete(dialog.remoteBody.content) !== undefined) return false
    session.start()
    return true
  }

  /** Whatever breaks here, the caller is still there, and a person may help. */
  private async runConversation(caller: Party): Promise<ConversationEnd> {
    try {
      this.conversation = this.begin(caller)
      const running = this.conversation.run()
      if (this.pendingInput !== undefined) this.conversation.handle(this.pendingInput)
      return await running
    } catch (error) {
      this.dependencies.log.error({ call: this.name, ...describeBug(error) }, 'the conversation of a call failed')
      return { type: 'Fallback', cause: 'BotFailure', reason: 'bug' }
    }
  }

  private begin(caller: Party): ConversationSession {
    const {
      bot,
      flow,
      policy,
      metrics,
      turnTap,
      putThrough,
      model,
      client,
      prompts,
      askModel,
      requestOperation,
      clock,
      log,
    } = this.dependencies
    return new ConversationSession(caller, {
      ...{ model, client, prompts, askModel, requestOperation, clock, log },
      rule: { flow, turnTaking: bot.turnTaking, collect: policy().collect },
      reportTurn: (turn) => {
        this.recorder?.tell(turn)
        turnTap.write({ call: this.name, ...turn })
      },
      answeredTurn: (seconds) => metrics.turn(seconds),
      transfer: (wait, signal) => transfer(caller, this.incoming, { wait, signal, bot, putThrough }),
    })
  }

  private emergencyFallbackOptions(): EmergencyFallbackOptions {
    const { putThrough, apology, bot } = this.dependencies
    return { fallback: bot.fallback, putThrough, apology }
  }
}
