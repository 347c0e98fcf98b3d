import { named } from '../../runtime/log-fields.ts'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { IncomingCall, OriginateResult } from '../../telephony/call.ts'
import type { Media } from '../../telephony/media/types.ts'
import { originateByHops } from '../../telephony/originate-by-hops.ts'
import { sdp } from '../../telephony/renegotiate.ts'
import type { PutThroughResult, VoiceMetrics } from '../metrics.ts'
import type { MediaWatch } from '../session/media-watchdog.ts'
import { openPartyMedia, Party } from '../session/party.ts'
import type { Edges } from './known-edges.ts'
import {
  calleeFor,
  callerFor,
  handOverHeaders,
  type Protection,
  protections,
  ringsFor,
  srtpOf,
  type Trunks,
  trunksUri,
  wordsForEdge,
} from './outgoing-invite.ts'

/** Somebody whom a caller is to be put through to. */
export interface PutThroughRequest {
  readonly kind: 'Transfer' | 'Emergency'
  /** Name of an integration of the bot. */
  readonly integration: string
  /** E.164, or an extension. */
  readonly to: string
  readonly ringSeconds: number
  /** For how long it is asked again while no trunk can take the call: many callers may need it at once, and a trunk takes so many a second. */
  readonly retrySeconds: number
  /** Collected values by field; those that the integration has a header for go along. */
  readonly handOver: Readonly<Record<string, string>>
}

/** Calls somebody through the edges. Undefined: nobody took the call, or it was called off. Never rejects. */
export type PutThrough = (
  incoming: IncomingCall,
  request: PutThroughRequest,
  signal: AbortSignal,
) => Promise<Party | undefined>

interface PutThroughOptions {
  readonly namespace: string
  readonly bot: Pick<BotConfiguration, 'integrations' | 'media'>
  readonly media: Pick<Media, 'offer'>
  readonly edges: Edges
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly metrics: Pick<VoiceMetrics, 'putThrough'>
  readonly watchMedia?: MediaWatch | undefined
}

const AGAIN: BackoffRule = { first: 700, most: 3_000, factor: 1.5, jitter: 0.5 }

type PutThroughAttempt =
  { readonly party: Party } | { readonly result: Exclude<PutThroughResult, 'Answered'>; readonly rang: boolean }

export function createPutThrough(o: PutThroughOptions): PutThrough {
  return async (incoming, request, signal) => {
    const { kind, integration } = request
    const tried = await new Outgoing(o, incoming, request, signal).run()
    const result = 'party' in tried ? 'Answered' : tried.result
    o.metrics.putThrough({ integration, kind, result })
    if ('party' in tried) return tried.party
    o.log.info({ integration: named(integration), kind, result }, 'a call to a person was not answered')
    return undefined
  }
}

/** One call to a person, over all edges and kinds of protection. */
class Outgoing {
  private readonly o: PutThroughOptions
  private readonly incoming: IncomingCall
  private readonly request: PutThroughRequest
  private readonly signal: AbortSignal
  private readonly until: number
  private readonly retryUntil: number

  constructor(o: PutThroughOptions, incoming: IncomingCall, request: PutThroughRequest, signal: AbortSignal) {
    this.o = o
    this.incoming = incoming
    this.request = request
    this.signal = signal
    const now = o.clock.monotonic()
    this.until = now + request.ringSeconds * 1_000
    this.retryUntil = Math.min(this.until, now + request.retrySeconds * 1_000)
  }

  async run(): Promise<PutThroughAttempt> {
    const { clock, random, bot } = this.o
    const trunks = bot.integrations.find(({ name }) => name === this.request.integration)?.sip
    if (trunks === undefined) return { result: 'NoTrunk', rang: false }
    for (let failures = 1; ; failures++) {
      const tried = await this.ask(trunks)
      const wait = backoff(AGAIN, failures, random())
      const mayAskAgain = 'result' in tried && tried.result === 'NoTrunk' && !tried.rang
      if (!mayAskAgain || clock.monotonic() + wait > this.retryUntil) return tried
      await pause(clock, wait, this.signal)
      if (this.signal.aborted) return { result: 'CalledOff', rang: false }
    }
  }

  private async ask(trunks: Trunks): Promise<PutThroughAttempt> {
    let last: PutThroughAttempt = { result: 'NoTrunk', rang: false }
    for (const protection of protections(trunks)) {
      last = await this.offer(trunks, protection)
      // 488 and 503: no trunk takes, or can take, this kind of voice; nobody was asked.
      if ('party' in last || last.rang || (last.result !== 'NoTrunk' && last.result !== 'NoMedia')) break
    }
    return last
  }

  private async offer(trunks: Trunks, protection: Protection): Promise<PutThroughAttempt> {
    const { codecs } = this.o.bot.media
    const policy = { srtp: srtpOf(protection), codecs }
    const line = await openPartyMedia((handlers) => this.o.media.offer(policy, handlers))
    if ('kind' in line) return { result: 'NoMedia', rang: false }
    const placed = await this.overEdges(trunks, protection, line.body)
    if (!placed.ok) {
      await line.session.close()
      return { result: resultOf(placed), rang: placed.rang }
    }
    const party = new Party(placed.dialog, line, this.o.watchMedia)
    const answer = placed.dialog.remoteBody
    const refusal = answer === undefined ? 'no answer' : line.session.complete(answer.content)
    if (refusal === undefined && !this.signal.aborted) {
      line.session.start()
      return { party }
    }
    await party.close()
    return { result: refusal === undefined ? 'CalledOff' : 'Declined', rang: true }
  }

  private async overEdges(trunks: Trunks, protection: Protection, body: Uint8Array): Promise<OriginateResult> {
    const { edges, clock, namespace } = this.o
    const { incoming, request, signal, until } = this
    const originate: IncomingCall['originate'] = (options) => incoming.originate(options)
    const { from, headers } = callerFor(incoming.understood, trunks)
    const call = {
      ...{ from, signal, body: sdp(body) },
      to: calleeFor(incoming.understood, request.to),
      uri: trunksUri(request.to, { integration: request.integration, namespace }),
      headers: [
        ...headers,
        ...wordsForEdge(trunks, protection),
        ringsFor(until - clock.monotonic()),
        ...handOverHeaders(request.handOver, trunks),
      ],
    }
    const { result } = await originateByHops(call, { hops: edges.hops(incoming.peer), until, originate, clock })
    return result
  }
}

function resultOf({ because, status }: Extract<OriginateResult, { ok: false }>): Exclude<PutThroughResult, 'Answered'> {
  if (because === 'cancelled') return 'CalledOff'
  if (because === 'timeout') return 'Unanswered'
  if (status === 488) return 'NoMedia'
  return status === 503 ? 'NoTrunk' : 'Declined'
}
