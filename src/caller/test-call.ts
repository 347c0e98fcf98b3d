import { type Clock, pause } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { describeBug } from '../runtime/redacted-error.ts'
import type { Dialog, NextHop, OriginateOptions, OriginateResult } from '../telephony/call.ts'
import type { Media, MediaHandlers, MediaSession } from '../telephony/media/types.ts'
import { originateByHops } from '../telephony/originate-by-hops.ts'
import { mediaHandlers, sdp } from '../telephony/renegotiate.ts'
import type { MediaPolicy } from '../wire/sdp/policy.ts'
import type { Header } from '../wire/sip/message.ts'
import { type Ending, AudioCheck } from './judge/audio-check.ts'
import { FlowMeter } from './judge/flow-meter.ts'
import { type Expectation, type Finding, outcomeOf, type TestCallResult } from './judge/result.ts'
import { mediaFigures } from './media-figures.ts'

/** A call to be placed, and what shall be heard. */
export interface TestCall {
  /** Request-URI: `sip:4000@desk.clinic.trunks`. */
  readonly uri: string
  /** From and To, without tags. */
  readonly from: string
  readonly to: string
  readonly headers: readonly Header[]
  /** Proxies that take it, tried in turn. */
  readonly hops: readonly NextHop[]
  /** How voice is offered, in turn: the next one after a 488 or a 503, if nobody was rung. Each has header fields of its own. */
  readonly offers: readonly { readonly policy: MediaPolicy; readonly headers: readonly Header[] }[]
  readonly expect: Expectation
  /** What its tones are made from; another one for each call. */
  readonly seed: string
  /** From the first INVITE to the end. */
  readonly maxSeconds: number
  /** Calls it off, at any time. */
  readonly signal: AbortSignal
}

export interface CallerTools {
  readonly originate: (call: OriginateOptions) => Promise<OriginateResult>
  readonly media: Pick<Media, 'offer'>
  readonly clock: Clock
  readonly log: Log
}

/** Ten of twelve tones, in any order but twice the same: one call in 200 millions says what another one says. */
const TONES = 10
/** For the other side to answer our BYE. The result does not change any more. */
const GOODBYE_MS = 2_000

/** Places a test call, listens, hangs up. Never rejects: whatever goes wrong is in the result. */
export async function runTestCall(call: TestCall, tools: CallerTools): Promise<TestCallResult> {
  const running = new Running(call, tools)
  try {
    return await running.run()
  } catch (error) {
    tools.log.error(describeBug(error), 'a test call failed')
    return running.result('Bug')
  }
}

/** What came of an offer: a call that stands, or why there is none. */
type Reached =
  { readonly dialog: Dialog; readonly line: Line } | { readonly failure: Extract<OriginateResult, { ok: false }> }

interface Line {
  readonly session: MediaSession
  readonly handlers: { onFrame: MediaHandlers['onFrame'] }
}

class Running {
  private readonly call: TestCall
  private readonly tools: CallerTools
  private readonly startedAt: number
  private readonly until: number
  private ringMs: number | undefined
  private answerMs: number | undefined
  private status: number | undefined
  private edge: string | undefined
  private trunk: string | undefined
  private heard: Pick<TestCallResult, 'media' | 'echo' | 'tone'> = { media: null, echo: null, tone: null }

  constructor(call: TestCall, tools: CallerTools) {
    this.call = call
    this.tools = tools
    this.startedAt = tools.clock.monotonic()
    this.until = this.startedAt + call.maxSeconds * 1_000
  }

  async run(): Promise<TestCallResult> {
    for (const [index, offer] of this.call.offers.entries()) {
      const reached = await this.reach(offer)
      if (typeof reached === 'string') return this.result(reached)
      if ('dialog' in reached) return await this.talk(reached)
      const { status, rang } = reached.failure
      const mayOfferAgain = !rang && (status === 488 || status === 503) && index + 1 < this.call.offers.length
      if (!mayOfferAgain) return this.refused(reached.failure)
    }
    return this.result('NoCommonMedia')
  }

  result(finding: Finding): TestCallResult {
    return {
      ...{ outcome: outcomeOf(finding), finding, status: this.status ?? null, edge: this.edge ?? null },
      trunk: this.trunk ?? null,
      ringMilliseconds: rounded(this.ringMs),
      answerMilliseconds: rounded(this.answerMs),
      callMilliseconds: Math.round(this.elapsed()),
      ...this.heard,
    }
  }

  private elapsed = () => this.tools.clock.monotonic() - this.startedAt

  /** One offer, by the first proxy that takes it. */
  private async reach({ policy, headers }: TestCall['offers'][number]): Promise<Reached | Finding> {
    const { call, tools } = this
    const handlers: Line['handlers'] = { onFrame: () => {} }
    const offered = await tools.media.offer(policy, { onFrame: (...given) => handlers.onFrame(...given) })
    if (offered.kind === 'refused') return 'NoPort'
    const { session, body } = offered
    const { uri, from, to, signal, hops } = call
    const onProgress = (status: number) => {
      if (status > 100) this.ringMs ??= this.elapsed()
    }
    const { result, hop } = await originateByHops(
      { ...{ uri, from, to, signal, onProgress, body: sdp(body) }, headers: [...call.headers, ...headers] },
      { hops, until: this.until, ...tools },
    ).catch(async (error: unknown) => {
      await session.close()
      throw error
    })
    this.edge = hop?.host ?? this.edge
    if (result.ok) {
      this.trunk = trunkNamedIn(result.headers)
      return { dialog: result.dialog, line: { session, handlers } }
    }
    await session.close()
    return { failure: result }
  }

  private refused({ because, status }: Extract<OriginateResult, { ok: false }>): TestCallResult {
    if (because === 'cancelled') return this.result('CalledOff')
    if (because === 'transport') return this.result('NoEdge')
    // Before the time is over, only the first hop's silence ends a call so.
    if (because === 'timeout')
      return this.result(this.tools.clock.monotonic() >= this.until - 1 ? 'Unanswered' : 'NoEdge')
    this.status = status
    return this.result(status === 488 ? 'NoCommonMedia' : 'Refused')
  }

  private async talk({ dialog, line }: { dialog: Dialog; line: Line }): Promise<TestCallResult> {
    const { session } = line
    this.answerMs = this.elapsed()
    dialog.handle(mediaHandlers(session))
    try {
      const answer = dialog.remoteBody
      if (answer === undefined || session.complete(answer.content) !== undefined) return this.result('NoCommonMedia')
      return this.result(await this.examine(dialog, line))
    } finally {
      await this.hangUp(dialog, session)
    }
  }

  private async examine(dialog: Dialog, { session, handlers }: Line): Promise<Finding> {
    const { call, tools } = this
    const { clock } = tools
    const at = clock.monotonic()
    const check = new AudioCheck({ ...call, tones: TONES, at })
    const meter = new FlowMeter(at)
    const done = new AbortController()
    handlers.onFrame = (frame, { kind }) => {
      const now = clock.monotonic()
      meter.look(now, session.statistics().receivedPackets)
      session.send(check.tick(now, kind === 'Silence' ? undefined : frame, meter.hasBegun))
      if (check.isDone) done.abort()
    }
    session.start()
    const ending = await this.wait(dialog, done)
    handlers.onFrame = () => {}
    const end = clock.monotonic()
    const statistics = session.statistics()
    const flow = meter.end(end)
    this.heard = {
      media: mediaFigures(session, statistics, flow),
      echo: null,
      tone: call.expect === 'Tone' ? check.tone() : null,
    }
    const finding = check.judge(ending, {
      packets: statistics.receivedPackets,
      isHeld: session.isHeld,
      sentLost: statistics.remote?.fractionLost,
      ownDelay: flow.ownDelayMilliseconds,
    })
    this.heard = { ...this.heard, echo: check.echo() }
    return finding
  }

  /** Until enough is heard, somebody ends the call, or its time is over. */
  private async wait(dialog: Dialog, done: AbortController): Promise<Ending> {
    const { clock } = this.tools
    const over = AbortSignal.any([done.signal, this.call.signal])
    const timeUp = pause(clock, Math.max(0, this.until - clock.monotonic()), over)
    const ended = await Promise.race([dialog.ended, timeUp])
    const isDone = done.signal.aborted
    done.abort() // the timer, where the other side was first
    if (this.call.signal.aborted) return 'CalledOff'
    if (isDone) return 'Done'
    if (ended === undefined) return 'TimeUp'
    return ended.cause === 'lost' ? 'Lost' : 'HungUp'
  }

  private async hangUp(dialog: Dialog, session: MediaSession): Promise<void> {
    const said = new AbortController()
    const goodbye = dialog.bye().finally(() => said.abort())
    await Promise.all([session.close(), Promise.race([goodbye, pause(this.tools.clock, GOODBYE_MS, said.signal)])])
  }
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

/** Undefined: there is none, or what is there is no name. */
function trunkNamedIn(headers: readonly Header[]): string | undefined {
  const value = headers.find(({ id }) => id === 'x-callbot-trunk')?.value
  return value !== undefined && NAME.test(value) ? value : undefined
}

const rounded = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms))
