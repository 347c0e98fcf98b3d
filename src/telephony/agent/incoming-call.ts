import { names } from '../../wire/sip/list-headers.ts'
import { header, type Header, type SipResponse } from '../../wire/sip/message.ts'
import { field, serialise } from '../../wire/sip/serialise.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Body, Dialog, IncomingCall, OriginateOptions, OriginateResult, Peer } from '../call.ts'
import { answerUntilAcknowledged } from '../dialog/response-retransmission.ts'
import { Authenticator } from '../dialog/digest-authenticator.ts'
import { newTag, type AgentContext } from '../dialog/agent-context.ts'
import { LiveDialog } from '../dialog/live-dialog.ts'
import { Sender } from '../dialog/request-sender.ts'
import type { Negotiated } from '../dialog/session-timer.ts'
import { asServer, bodyOf, type DialogState } from '../dialog/dialog-state.ts'
import { respond } from '../respond.ts'
import type { InviteTask } from '../transaction/transaction-layer.ts'
import { replyFlow } from '../transaction/response-flow.ts'
import type { Flow } from '../transport/flow.ts'
import { dialogHeaders } from '../uas.ts'
import { originate } from './outgoing-call.ts'
import { ReliableProvisionals } from './reliable-provisionals.ts'

export interface IncomingOptions {
  readonly context: AgentContext
  readonly understood: UnderstoodRequest
  readonly flow: Flow
  readonly receivedAt: number
  readonly session: Exclude<Negotiated, { kind: 'tooShort' }>
  readonly state: DialogState
  /** The process stood still since the call came: for longer than who sent it waits for a first word. */
  readonly isStale: () => boolean
}

/** Undefined: the INVITE names nobody whom we could send to. */
export function readCall(understood: UnderstoodRequest): DialogState | undefined {
  return asServer(understood, newTag())
}

/** An INVITE from its arrival to its ACK. */
export class Incoming implements IncomingCall {
  readonly understood: UnderstoodRequest
  readonly peer: Peer
  readonly offer: Body | undefined
  readonly receivedAt: number
  readonly #o: IncomingOptions
  readonly #abort = new AbortController()
  readonly #task: InviteTask
  readonly #dialog: LiveDialog
  readonly #reliable: ReliableProvisionals
  #isSettled = false
  #hasRung = false
  #endExpiry: () => void = () => {}
  /** The answer went out reliably already: the 2xx doesn't repeat it (RFC 6337 3.1.1). */
  #isAnswered = false

  constructor(o: IncomingOptions) {
    const { context, understood, flow } = o
    this.#o = o
    this.understood = understood
    this.peer = flow.peer
    this.offer = bodyOf(understood.request)
    this.receivedAt = o.receivedAt
    const way = replyFlow(understood, flow, context.transports)
    this.#task = context.layer.serveInvite(understood, {
      flow: way,
      trying: () => this.#say(100),
      toTag: o.state.localTag,
    })
    this.#task.onCancel = () => this.#cancel()
    const isSips = understood.uri.scheme === 'sips'
    const sender = new Sender({ context, state: o.state, flow, authenticator: new Authenticator(undefined), isSips })
    const early = {
      onPrack: (prack: UnderstoodRequest) => this.#reliable.pracked(prack, understood.cseq.number),
      onBye: () => this.#cancel(),
    }
    this.#dialog = new LiveDialog({ context, sender, ownsCallId: false, early })
    this.#dialog.pending.theirInvite = true
    this.#dialog.pending.theirOffer = this.offer !== undefined
    this.#expire(Number(header(understood.request, 'expires') ?? NaN))
    this.#dialog.takesUpdate = names(understood.request, 'allow', 'UPDATE')
    this.#reliable = new ReliableProvisionals({
      clock: context.clock,
      send: (response) => this.#task.transaction.respond(response),
      onGiveUp: () => this.refuse(504),
    })
  }

  get cancelled(): AbortSignal {
    return this.#abort.signal
  }

  ring(status: 180 | 181 | 182 | 183 = 180, o: { headers?: readonly Header[]; body?: Body } = {}): void {
    if (this.#isSettled || this.#isGhost()) return
    this.#hasRung = true
    const { request } = this.understood
    // The body would be an offer of ours, and the 2xx's too.
    const body = this.offer === undefined ? undefined : o.body
    const headers = [...this.#dialogHeaders(), ...(o.headers ?? [])]
    const mayRely = body !== undefined && names(request, 'supported', '100rel')
    if (!mayRely && !names(request, 'require', '100rel')) {
      return this.#task.transaction.respond(this.#say(status, headers, body))
    }
    if (body !== undefined) this.#isAnswered = true
    this.#reliable.send((rseq) => {
      return this.#say(status, [...headers, field('Require', '100rel'), field('RSeq', rseq)], body)
    })
  }

  originate(o: OriginateOptions): Promise<OriginateResult> {
    return originate(this.#o.context, o)
  }

  refuse(status: number, headers: readonly Header[] = []): void {
    if (this.#isSettled) return
    this.#settle()
    this.#task.transaction.respond(this.#say(status, headers))
    this.#dialog.end({ cause: 'local' })
  }

  async accept(o: { body: Body; headers?: readonly Header[] }): Promise<Dialog | undefined> {
    // RFC 3262 3: no 2xx before the answer that is out is acknowledged.
    if (this.#isAnswered) await this.#reliable.idle()
    if (this.#isSettled || this.#isGhost()) return undefined
    const { session } = this.#o
    const sessionHeaders = session.kind === 'none' ? [] : session.headers
    const headers = [...this.#dialogHeaders(), ...sessionHeaders, ...(o.headers ?? [])]
    const ok = this.#say(200, headers, this.#isAnswered ? undefined : o.body)
    // Throws now what can't be sent, while the call can still be refused.
    serialise(ok)
    this.#settle()
    this.#dialog.localBody = o.body
    this.#dialog.remoteBody = this.offer
    this.#dialog.pending.theirOffer = false
    this.#dialog.pending.ourOffer = this.offer === undefined
    if (session.kind === 'terms') this.#dialog.refresher.agree(session.terms)
    return this.#untilAcknowledged(ok)
  }

  #untilAcknowledged(ok: SipResponse): Promise<Dialog | undefined> {
    const dialog = this.#dialog
    return new Promise((resolve) => {
      const repeated = answerUntilAcknowledged({
        clock: this.#o.context.clock,
        send: () => this.#task.transaction.respond(ok),
        onAck: ({ request }) => {
          dialog.early = undefined
          dialog.pending.theirInvite = false
          dialog.pending.ourOffer = false
          if (this.offer === undefined) dialog.remoteBody = bodyOf(request)
          resolve(dialog)
        },
        onGiveUp: () => dialog.lose(),
      })
      const forget = dialog.expectAck(this.understood.cseq.number, repeated.acknowledged)
      void dialog.ended.then(() => {
        forget()
        repeated.end()
        resolve(undefined)
      })
    })
  }

  /** The caller said how long it waits (RFC 3261 13.3.1): after that it is as if it had sent CANCEL. */
  #expire(seconds: number): void {
    if (Number.isInteger(seconds) && seconds > 0)
      this.#endExpiry = this.#o.context.clock.after(seconds * 1_000, () => this.#cancel())
  }

  /** Who waits for a first word has turned elsewhere when we stood still meanwhile, and would hear it from two. */
  #isGhost(): boolean {
    if (this.#hasRung || !this.#o.isStale()) return false
    this.#cancel(503)
    return true
  }

  #cancel(status = 487): void {
    if (this.#isSettled) return
    this.refuse(status)
    this.#abort.abort()
  }

  #settle(): void {
    this.#isSettled = true
    this.#endExpiry()
    this.#task.onCancel = () => {}
    this.#reliable.stop()
  }

  /** Of the answers that make a dialog (RFC 3261 12.1.1). */
  #dialogHeaders(): Header[] {
    const routes = this.understood.request.headers.filter(({ id }) => id === 'record-route')
    return [...routes, this.#dialog.sender.contact(), ...dialogHeaders(this.#o.context.can)]
  }

  #say(status: number, headers: readonly Header[] = [], body?: Body): SipResponse {
    const { understood, state, flow } = this.#o
    const parts = { status, headers, toTag: state.localTag, ...(body === undefined ? {} : { body }) }
    return respond(understood.request, flow.peer, parts)
  }
}
