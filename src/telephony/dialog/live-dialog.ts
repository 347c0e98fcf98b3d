import type { Header } from '../../wire/sip/message.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Body, Dialog, DialogHandlers, Ended, Modified, Peer, ReferOutcome } from '../call.ts'
import type { Flow } from '../transport/flow.ts'
import { logRejection, type AgentContext, type DialogMember } from './agent-context.ts'
import { receiveInDialog } from './in-dialog-requests.ts'
import { rerouted } from './dialog-state.ts'
import type { EarlyDialogHandlers, DialogInternals, Referral } from './dialog-internals.ts'
import { modifySession, refreshSession } from './session-modification.ts'
import { referOut } from './refer.ts'
import { Refresher } from './session-refresher.ts'
import type { Sender } from './request-sender.ts'

/** One dialog, early or confirmed, of either side (RFC 3261 12): joins what the rooms beside it do. */
export class LiveDialog implements Dialog, DialogMember, DialogInternals {
  readonly context: AgentContext
  readonly sender: Sender
  readonly ownsCallId: boolean
  readonly peer: Peer
  readonly ended: Promise<Ended>
  readonly pending = { theirInvite: false, ourInvite: false, theirOffer: false, ourOffer: false }
  readonly refresher: Refresher
  handlers: DialogHandlers = {}
  localBody: Body | undefined
  remoteBody: Body | undefined
  early: EarlyDialogHandlers | undefined
  referral: Referral | undefined
  takesUpdate = false
  isEnded = false
  readonly #acks = new Map<number, (ack: UnderstoodRequest) => void>()
  readonly #leave: () => void
  #isHandled = false
  #tellEnd: (ended: Ended) => void = () => {}

  constructor(o: {
    context: AgentContext
    sender: Sender
    ownsCallId: boolean
    early: EarlyDialogHandlers | undefined
  }) {
    this.context = o.context
    this.sender = o.sender
    this.ownsCallId = o.ownsCallId
    this.early = o.early
    this.peer = o.sender.flow.peer
    this.ended = new Promise((resolve) => (this.#tellEnd = resolve))
    this.#leave = o.context.table.add(this.callId, this.localTag, this.remoteTag, this)
    this.refresher = new Refresher({
      clock: o.context.clock,
      refresh: () => logRejection(o.context, refreshSession(this)),
      expire: () => this.lose(),
    })
  }

  get callId(): string {
    return this.sender.state.callId
  }

  get localTag(): string {
    return this.sender.state.localTag
  }

  get remoteTag(): string {
    return this.sender.state.remoteTag
  }

  get nextHost(): string | undefined {
    return this.sender.nextHop()?.host
  }

  reroute(host: string): void {
    this.sender.state = rerouted(this.sender.state, host)
  }

  handle(handlers: DialogHandlers): void {
    this.handlers = handlers
    this.#isHandled = true
  }

  receive(understood: UnderstoodRequest, flow: Flow): void {
    const receive = () => receiveInDialog(this, understood, flow)
    // The ACK and what follows it may come in one packet: whoever waits for the dialog gets his turn first, to set his handlers.
    if (this.#isHandled || this.early !== undefined) receive()
    else setImmediate(receive)
  }

  acknowledged(understood: UnderstoodRequest): void {
    this.#acks.get(understood.cseq.number)?.(understood)
  }

  expectAck(number: number, take: (ack: UnderstoodRequest) => void): () => void {
    this.#acks.set(number, take)
    return () => this.#acks.delete(number)
  }

  async bye(headers: readonly Header[] = []): Promise<void> {
    if (this.isEnded) return
    this.end({ cause: 'local' })
    await this.sender.ask('BYE', { headers })
  }

  lose(): void {
    if (this.isEnded) return
    this.end({ cause: 'lost' })
    logRejection(this.context, this.sender.ask('BYE'))
  }

  modify(body: Body): Promise<Modified> {
    return modifySession(this, body)
  }

  async info(body: Body): Promise<number> {
    if (this.isEnded) return 481
    const { status } = await this.sender.ask('INFO', { body })
    if (status === 408 || status === 481) this.lose()
    return status
  }

  refer(target: string, o: Parameters<Dialog['refer']>[1]): Promise<ReferOutcome> {
    return referOut(this, target, o, this.ended)
  }

  end(ended: Ended): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#leave()
    this.refresher.end()
    this.sender.release()
    this.#tellEnd(ended)
  }
}
