/** The web servers of the client that take records. */
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { named, ownWords } from '../../runtime/log-fields.ts'
import { messageId, messageOf, type MessageRecord, type Source } from '../../rules/delivery/message.ts'
import { outcomeOf, type Answer, type Outcome } from '../../rules/delivery/outcome.ts'
import { readSigningKeys, signedHeaders } from '../../rules/delivery/standard-webhooks.ts'
import type { Target } from '../../rules/delivery/targets.ts'
import { createConnection, type Connection } from '../../webclient/connection.ts'
import type { Egress } from '../../webclient/egress-policy.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'
import { hostOf, type ReadSecret } from '../../webclient/mounted-secrets.ts'
import type { MessageFate, RecordsMetrics } from '../metrics.ts'

export interface Message {
  readonly call: string
  readonly source: Source
  readonly records: readonly MessageRecord[]
  /** Milliseconds since 1970: it must not be on its way any more then. */
  readonly until: number
  /** Tries that failed before. */
  readonly tries: number
}

/** `nothing`: nothing of it may leave. */
export type Sent = Outcome | { readonly kind: 'nothing' }

/** What GET /state says of a delivery. Counts since the start. */
export interface ReceiverView {
  readonly policy: string
  /** Why the last try brought no delivery. Absent: it did, or there was none yet. */
  readonly problem?: string
  readonly delivered: number
  readonly undelivered: number
}

export interface ReceiverOptions {
  readonly secret: ReadSecret
  readonly egress: Egress
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly metrics: RecordsMetrics
  readonly log: Log
}

/** For a request and its answer. Pods wait a little longer. */
const ANSWER_MS = 8_000

/** One receiver. What is sent to it is overwritten afterwards. */
export class Receiver {
  readonly target: Target
  private readonly o: ReceiverOptions
  private readonly connection: Connection
  private readonly path: string
  private problem: string | undefined
  private delivered = 0
  private undelivered = 0

  constructor(target: Target, o: ReceiverOptions) {
    this.target = target
    this.o = o
    const url = new URL(target.webhook.url)
    this.path = url.pathname + url.search
    this.connection = createConnection({ ...o, url: url.origin, tls: target.webhook.tls })
  }

  get view(): ReceiverView {
    const { problem, delivered, undelivered, target } = this
    return { policy: target.policy, ...(problem !== undefined && { problem }), delivered, undelivered }
  }

  /** One try. Never rejects. */
  async send({ call, source, records, until, tries }: Message): Promise<Sent> {
    const { clock, metrics, random } = this.o
    const { policy, collect, classes } = this.target
    const leaving = records.filter((record) => classes.includes(record.class))
    const body = messageOf({ call, policy, records: leaving, collect })
    if (body === undefined) return { kind: 'nothing' }
    const from = clock.monotonic()
    try {
      const answer = await this.post(messageId(call, source), body, until)
      const outcome = outcomeOf(answer, { tries, now: clock.wall(), chance: random() })
      metrics.tried(outcome.kind, (clock.monotonic() - from) / 1_000)
      return outcome
    } finally {
      body.fill(0)
    }
  }

  /** What became of a message in the end. */
  settled(source: Source, fate: MessageFate): void {
    this.o.metrics.message(this.target.policy, source, fate)
    if (fate === 'delivered') this.delivered++
    else this.undelivered++
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  private async post(id: string, body: Buffer, until: number): Promise<Answer> {
    const { clock, secret } = this.o
    const { name, key } = this.target.signingSecret
    const late = new AbortController()
    const left = until - clock.wall()
    if (left <= 0) return this.failed('its time was over')
    const cancel = clock.after(left, () => late.abort(new EndpointFault('timed-out', 'its time was over', true)))
    try {
      const keys = readSigningKeys((await secret(name, [key], [hostOf(this.target.webhook.url)]))[key]!)
      if (keys === undefined)
        return this.failed(`key ${key} of Secret ${name} is not one or two keys of the form whsec_BASE64`)
      const headers = { 'content-type': 'application/json', ...signedHeaders({ id, at: clock.wall(), body, keys }) }
      for (const each of keys) each.fill(0)
      const request = { method: 'POST', path: this.path, headers, body } as const
      const limits = { timeoutMs: ANSWER_MS, isOnce: false, signal: late.signal }
      const { status, retryAfter } = await this.connection.ask(request, limits)
      if (status >= 200 && status < 300) this.succeeded()
      else this.failed(`the receiver answered ${status}`)
      return { kind: 'answered', status, retryAfter }
    } catch (error) {
      return this.failed(error instanceof EndpointFault ? error.message : 'the request failed')
    } finally {
      cancel()
    }
  }

  private succeeded(): void {
    if (this.problem !== undefined)
      this.o.log.info({ policy: named(this.target.policy) }, 'records are delivered again')
    this.problem = undefined
  }

  private failed(because: string): Answer {
    if (this.problem !== because)
      this.o.log.warn({ policy: named(this.target.policy), because: ownWords(because) }, 'records can not be delivered')
    this.problem = because
    return { kind: 'silent' }
  }
}

/** By policy. */
export type Receivers = ReadonlyMap<string, Receiver>

export const openReceivers = (targets: readonly Target[], o: ReceiverOptions): Receivers =>
  new Map(targets.map((target) => [target.policy, new Receiver(target, o)]))
