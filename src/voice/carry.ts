import { randomUUID } from 'node:crypto'
import type { BotConfiguration } from '../api/bot-configuration.ts'
import type { Log } from '../lib/log.ts'
import type { Dialog, IncomingCall } from '../telephony/call.ts'
import type { Media, MediaHandlers, MediaSession } from '../telephony/media/types.ts'
import { field } from '../wire/sip/serialise.ts'
import { describeBug } from './bug.ts'
import { type Call, createCall } from './call/call.ts'
import type { CallRule } from './call/moving.ts'
import type { CallInput, End } from './call/types.ts'
import { Driver, type Hands } from './driver.ts'
import { FRAME_SAMPLES, SAMPLE_RATE } from './frames.ts'
import type { Outcome, VoiceMetrics } from './metrics.ts'
import type { Turns } from './turns.ts'

/** What a call needs of its pod. */
export interface Place extends Pick<Hands, 'model' | 'client' | 'prompts' | 'askModel' | 'clock'> {
  readonly bot: BotConfiguration
  /** The dialog for calls that begin now. */
  readonly dialog: CallRule['dialog']
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
  /** Something happens to the call from outside, such as the end of the pod's patience. */
  happen(input: CallInput): void
}

/** Answers a call and lets the bot talk until it is over. */
export function carry(incoming: IncomingCall, place: Place): Carried {
  const call = new CarriedCall(incoming, place)
  return { ended: call.run(), happen: (input) => call.happen(input) }
}

class CarriedCall {
  private readonly name = randomUUID()
  private readonly incoming: IncomingCall
  private readonly place: Place
  private readonly log: Log
  private readonly botEnded = Promise.withResolvers<End | 'silent'>()
  private driver: Driver | undefined
  private session: MediaSession | undefined
  private memory = new Int16Array(SAMPLE_RATE)
  private kept = 0

  constructor(incoming: IncomingCall, place: Place) {
    this.incoming = incoming
    this.place = place
    this.log = place.log
  }

  happen(input: CallInput): void {
    this.driver?.happen(input)
  }

  async run(): Promise<Ended> {
    const { clock, metrics, turns } = this.place
    const from = clock.monotonic()
    const ended = await this.live().catch((error: unknown): Ended => {
      this.log.error({ call: this.name, ...describeBug(error) }, 'a call failed')
      return { outcome: 'failed', reason: 'bug', wasAnswered: false }
    })
    const { outcome, reason } = ended
    const seconds = (clock.monotonic() - from) / 1_000
    metrics.ended(outcome, reason, seconds)
    turns.tell({ call: this.name, at: this.stamp(), ended: outcome })
    this.log.info({ call: this.name, outcome, reason, seconds: Math.round(seconds * 10) / 10 }, 'a call has ended')
    return ended
  }

  private async live(): Promise<Ended> {
    const { incoming, place } = this
    const opened = await this.openMedia()
    if ('refusal' in opened) return opened.refusal
    const { session, body } = opened
    try {
      if (incoming.cancelled.aborted) return { outcome: 'cancelled', reason: 'none', wasAnswered: false }
      const accepting = incoming.accept({ body: { type: 'application/sdp', content: body } })
      const answerMs = place.clock.monotonic() - incoming.receivedAt
      if (incoming.offer !== undefined) session.start()
      const dialog = await accepting
      if (dialog === undefined) return { outcome: 'cancelled', reason: 'none', wasAnswered: false }
      place.metrics.answered(answerMs / 1_000)
      return { ...(await this.converse(dialog, session)), wasAnswered: true, answerMs }
    } finally {
      this.driver?.stop()
      await session.close()
    }
  }

  private async openMedia(): Promise<{ session: MediaSession; body: Buffer } | { refusal: Ended }> {
    const { incoming, place } = this
    const { srtp, codecs } = place.bot.media
    const policy = { srtp, codecs }
    const { offer } = incoming
    const opened =
      offer === undefined
        ? await place.media.offer(policy, this.handlers())
        : await place.media.answer(offer.content, policy, this.handlers())
    if (opened.kind !== 'refused') return opened
    const { status, warning, because } = opened
    incoming.refuse(status, [field('Warning', `${warning} callbot "${because}"`)])
    return { refusal: { outcome: 'refused', reason: `media-${status}`, wasAnswered: false } }
  }

  private handlers(): MediaHandlers {
    return {
      onFrame: (frame, { kind }) => this.tick(kind === 'Silence' ? undefined : frame),
      onDtmf: (key) => this.pressed(key),
      onInactive: () => this.botEnded.resolve('silent'),
    }
  }

  private tick(frame: Int16Array | undefined): void {
    if (this.session?.isHeld === true) return this.happen({ type: 'Held' })
    this.happen({ type: 'Tick', samples: frame === undefined ? undefined : this.keep(frame) })
  }

  /** A copy: the frame is used again. Of one second's memory at a time, since each piece of its own costs more than its samples. */
  private keep(frame: Int16Array): Int16Array {
    if (this.kept === this.memory.length) {
      this.memory = new Int16Array(SAMPLE_RATE)
      this.kept = 0
    }
    const copy = this.memory.subarray(this.kept, this.kept + FRAME_SAMPLES)
    copy.set(frame)
    this.kept += FRAME_SAMPLES
    return copy
  }

  /** The columns A to D are on no telephone of a caller. */
  private pressed(key: string): void {
    if (/^[0-9*#]$/.test(key)) this.happen({ type: 'Key', key })
  }

  private async converse(dialog: Dialog, session: MediaSession): Promise<Pick<Ended, 'outcome' | 'reason'>> {
    dialog.handle({
      onOffer: (offer) => this.renegotiate(session, offer?.content),
      onAnswer: (answer) => void session.complete(answer.content),
      onInfo: (body) => this.info(body.type, body.content),
    })
    if (this.incoming.offer === undefined) {
      const refusal =
        dialog.remoteBody === undefined ? 'no-answer' : session.complete(dialog.remoteBody.content)?.because
      if (refusal !== undefined) {
        await dialog.bye()
        return { outcome: 'failed', reason: 'media-answer' }
      }
      session.start()
    }
    this.session = session
    this.driver = new Driver(this.hands(session))
    this.driver.happen({ type: 'Answered' })
    const first = await Promise.race([
      this.botEnded.promise.then((bot) => ({ bot })),
      dialog.ended.then(({ cause }) => ({ cause })),
    ])
    if ('cause' in first) {
      const isLost = first.cause === 'lost'
      return isLost ? { outcome: 'lost', reason: 'signalling' } : { outcome: 'caller-hung-up', reason: 'none' }
    }
    await dialog.bye()
    return first.bot === 'silent' ? { outcome: 'lost', reason: 'media' } : outcomeOf(first.bot)
  }

  private hands(session: MediaSession): Hands {
    const { bot, dialog, metrics, turns, log, ...tools } = this.place
    const call: Call = createCall({ dialog, turnTaking: bot.turnTaking, hasToneKeys: !session.takesEvents })
    return {
      ...tools,
      call,
      log,
      send: (samples) => session.send(samples),
      tell: (turn) => turns.tell({ call: this.name, at: this.stamp(), ...turn }),
      answeredTurn: (seconds) => metrics.turn(seconds),
      end: (end) => this.botEnded.resolve(end),
    }
  }

  private renegotiate(session: MediaSession, offer: Uint8Array | undefined) {
    if (offer === undefined) return { body: sdp(session.reoffer()) }
    const answered = session.reanswer(offer)
    return answered.kind === 'answered' ? { body: sdp(answered.body) } : { status: answered.status }
  }

  /** Keys by INFO, as some telephone systems send them: `Signal=5`. */
  private info(type: string, content: Uint8Array): boolean {
    if (type !== 'application/dtmf-relay') return false
    const key = /^\s*Signal\s*=\s*(\S)/im.exec(Buffer.from(content).toString('latin1'))?.[1]
    if (key !== undefined) this.pressed(key)
    return true
  }

  private stamp(): string {
    return new Date(this.place.clock.wall()).toISOString()
  }
}

const sdp = (content: Uint8Array) => ({ type: 'application/sdp', content })

/** Until the emergency number can be called, whoever needed it counts as failed: a person should have answered. */
function outcomeOf(end: End): Pick<Ended, 'outcome' | 'reason'> {
  if (end.type === 'Fallback') return { outcome: 'failed', reason: end.cause === 'BotFailure' ? end.reason : end.cause }
  if (end.reason === undefined || end.reason === 'silence') return { outcome: 'hung-up', reason: end.reason ?? 'none' }
  return { outcome: 'failed', reason: end.reason }
}
