import { randomUUID } from 'node:crypto'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Log } from '../../runtime/log.ts'
import type { IncomingCall } from '../../telephony/call.ts'
import type { Media } from '../../telephony/media/types.ts'
import { field } from '../../wire/sip/serialise.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import type { CallRule } from '../call/transition.ts'
import type { CallInput } from '../call/types.ts'
import { conclude, type How } from './call-outcome.ts'
import type { Hands } from './driver.ts'
import type { Outcome, VoiceMetrics } from '../metrics.ts'
import { type Line, openLine, Party, sdp } from './party.ts'
import type { RescueTools } from './emergency-fallback.ts'
import { Talk, type Talked } from './conversation-session.ts'
import { transfer } from '../transfer/transfer.ts'
import type { Turns } from '../turn-tap/turn-tap.ts'

/** What a call needs of its pod. */
export interface Place extends Pick<Hands, 'model' | 'client' | 'prompts' | 'askModel' | 'callOperation' | 'clock'> {
  readonly bot: BotConfiguration
  /** The dialog for calls that begin now. */
  readonly dialog: CallRule['dialog']
  readonly putThrough: RescueTools['putThrough']
  readonly apology: RescueTools['apology']
  readonly media: Media
  readonly turns: Pick<Turns, 'tell'>
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
export interface Carried {
  /** Never rejects. */
  readonly ended: Promise<Ended>
  /** Something happens to the talk from outside, such as the end of the pod's patience. Who is put through already is not concerned. */
  happen(input: CallInput): void
}

/** Answers a call and lets the bot talk until it is over, or somebody else has taken the caller. */
export function carry(incoming: IncomingCall, place: Place): Carried {
  const call = new CarriedCall(incoming, place)
  return { ended: call.run(), happen: (input) => call.happen(input) }
}

const cancelled: Ended = { outcome: 'cancelled', reason: 'none', wasAnswered: false }

class CarriedCall {
  private readonly name = randomUUID()
  private readonly incoming: IncomingCall
  private readonly place: Place
  private talk: Talk | undefined
  /** What happened before the talk began. */
  private early: CallInput | undefined

  constructor(incoming: IncomingCall, place: Place) {
    this.incoming = incoming
    this.place = place
  }

  happen(input: CallInput): void {
    if (this.talk === undefined) this.early = input
    else this.talk.happen(input)
  }

  async run(): Promise<Ended> {
    const { clock, metrics, turns, log } = this.place
    const from = clock.monotonic()
    const ended = await this.live().catch((error: unknown): Ended => {
      log.error({ call: this.name, ...describeBug(error) }, 'a call failed')
      return { outcome: 'failed', reason: 'bug', wasAnswered: false }
    })
    const { outcome, reason } = ended
    const seconds = (clock.monotonic() - from) / 1_000
    metrics.ended(outcome, reason, seconds)
    turns.tell({ call: this.name, at: this.stamp(), ended: outcome })
    log.info({ call: this.name, outcome, reason, seconds: Math.round(seconds * 10) / 10 }, 'a call has ended')
    return ended
  }

  private async live(): Promise<Ended> {
    const { incoming, place } = this
    const line = await this.openMedia()
    if ('outcome' in line) return line
    const { session, body } = line
    let caller: Party | undefined
    try {
      if (incoming.cancelled.aborted) return cancelled
      const accepting = incoming.accept({ body: sdp(body) })
      const answerMs = place.clock.monotonic() - incoming.receivedAt
      if (incoming.offer !== undefined) session.start()
      const dialog = await accepting
      if (dialog === undefined) return cancelled
      place.metrics.answered(answerMs / 1_000)
      caller = new Party(dialog, line)
      return { ...(await this.serve(caller)), wasAnswered: true, answerMs }
    } finally {
      await (caller ?? session).close()
    }
  }

  private async openMedia(): Promise<Line | Ended> {
    const { incoming, place } = this
    const { srtp, codecs } = place.bot.media
    const { offer } = incoming
    const line = await openLine((handlers) =>
      offer === undefined
        ? place.media.offer({ srtp, codecs }, handlers)
        : place.media.answer(offer.content, { srtp, codecs }, handlers),
    )
    if (!('kind' in line)) return line
    const { status, warning, because } = line
    incoming.refuse(status, [field('Warning', `${warning} callbot "${because}"`)])
    return { outcome: 'refused', reason: `media-${status}`, wasAnswered: false }
  }

  private async serve(caller: Party): Promise<How> {
    if (!this.hasAnswered(caller)) {
      await caller.dialog.bye()
      return { outcome: 'failed', reason: 'media-answer' }
    }
    const talked = await this.converse(caller)
    const collected = this.talk?.collected ?? {}
    return conclude(caller, this.incoming, { talked, collected, tools: this.rescueTools() })
  }

  /** The answer to an offer of ours is in the ACK. */
  private hasAnswered({ dialog, session }: Party): boolean {
    if (this.incoming.offer !== undefined) return true
    if (dialog.remoteBody === undefined || session.complete(dialog.remoteBody.content) !== undefined) return false
    session.start()
    return true
  }

  /** Whatever breaks here, the caller is still there, and a person may help. */
  private async converse(caller: Party): Promise<Talked> {
    try {
      this.talk = this.begin(caller)
      const talking = this.talk.run()
      if (this.early !== undefined) this.talk.happen(this.early)
      return await talking
    } catch (error) {
      this.place.log.error({ call: this.name, ...describeBug(error) }, 'a talk failed')
      return { type: 'Fallback', cause: 'BotFailure', reason: 'bug' }
    }
  }

  private begin(caller: Party): Talk {
    const { bot, dialog, metrics, turns, putThrough, model, client, prompts, askModel, callOperation, clock, log } =
      this.place
    return new Talk(caller, {
      ...{ model, client, prompts, askModel, callOperation, clock, log },
      rule: { dialog, turnTaking: bot.turnTaking },
      tell: (turn) => turns.tell({ call: this.name, at: this.stamp(), ...turn }),
      answeredTurn: (seconds) => metrics.turn(seconds),
      transfer: (wait, signal) => transfer(caller, this.incoming, { wait, signal, bot, putThrough }),
    })
  }

  private rescueTools(): RescueTools {
    const { putThrough, apology, bot } = this.place
    return { fallback: bot.fallback, collect: bot.collect, putThrough, apology }
  }

  private stamp(): string {
    return new Date(this.place.clock.wall()).toISOString()
  }
}
