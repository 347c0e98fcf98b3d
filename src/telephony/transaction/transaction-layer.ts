import { bracketed } from '../../lib/ip-address.ts'
import { randomOctets } from '../../runtime/random.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { SipRequest, SipResponse } from '../../wire/sip/message.ts'
import { field, serialise } from '../../wire/sip/serialise.ts'
import { param } from '../../wire/sip/params.ts'
import type { UnderstoodRequest, UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import { magicCookie } from '../../wire/sip/via.ts'
import type { Flow } from '../transport/flow.ts'
import { Client, type ClientOptions } from './non-invite-client.ts'
import { cancelOf } from './ack-and-cancel.ts'
import { InviteClient, type InviteClientOptions } from './invite-client.ts'
import { InviteServer, type InviteServerOptions } from './invite-server.ts'
import { clientKey, mergeKey, serverKey } from './transaction-key.ts'
import { Server } from './non-invite-server.ts'

/** An INVITE that we answer, as its owner needs it. */
export interface InviteTask {
  readonly transaction: InviteServer
  /** Of our answers, for that to a CANCEL too (RFC 3261 9.2). */
  readonly toTag: string
  /** CANCEL came before a final response; it was answered. */
  onCancel: () => void
}

type Kept<T> = Omit<T, 'clock' | 'flow' | 'onEnd'>

export interface Invitation {
  /** Sends CANCEL as soon as that may be (RFC 3261 9.1). */
  cancel(): void
}

/** Finds the transaction that a message belongs to (RFC 3261 17), and opens new ones. */
export class TransactionLayer {
  readonly #clock: Clock
  /** What goes into Via as sent-by, without port. */
  readonly #host: string
  readonly #invites = new Map<string, InviteTask>()
  readonly #servers = new Map<string, Server>()
  readonly #merged = new Map<string, string>()
  readonly #clients = new Map<string, { received(response: UnderstoodResponse): void }>()

  constructor(o: { clock: Clock; host: string }) {
    this.#clock = o.clock
    this.#host = o.host
  }

  /** How many transactions are open, of all four sorts. */
  get size(): number {
    return this.#invites.size + this.#servers.size + this.#clients.size
  }

  /** Handles a request that belongs to an open transaction. False: it is a new one, or an ACK for a dialog. */
  absorb(understood: UnderstoodRequest): boolean {
    const { method } = understood.request
    const key = serverKey(understood)
    if (method === 'ACK') return this.#invites.get(key)?.transaction.acknowledged() ?? false
    const known = method === 'INVITE' ? this.#invites.get(key)?.transaction : this.#servers.get(key)
    known?.retransmitted()
    return known !== undefined
  }

  /** The INVITE that a CANCEL means (RFC 3261 9.2). */
  cancelled(understood: UnderstoodRequest): InviteTask | undefined {
    return this.#invites.get(serverKey(understood, 'INVITE'))
  }

  /** Whether the request came already by another way, and is still at work (RFC 3261 8.2.2.2). */
  isMerged(understood: UnderstoodRequest): boolean {
    if (param(understood.to.params, 'tag') !== undefined) return false
    const first = this.#merged.get(mergeKey(understood))
    return first !== undefined && first !== serverKey(understood)
  }

  serveInvite(
    understood: UnderstoodRequest,
    o: Omit<InviteServerOptions, 'clock' | 'onEnd'> & { toTag: string },
  ): InviteTask {
    const key = serverKey(understood)
    const merge = mergeKey(understood)
    const onEnd = () => {
      this.#invites.delete(key)
      if (this.#merged.get(merge) === key) this.#merged.delete(merge)
    }
    const transaction = new InviteServer({ ...o, clock: this.#clock, onEnd })
    const task: InviteTask = { transaction, toTag: o.toTag, onCancel: () => {} }
    this.#invites.set(key, task)
    this.#merged.set(merge, key)
    return task
  }

  /** Answers any other request within a transaction, so that the same request gets the same answer. */
  respond(understood: UnderstoodRequest, flow: Flow, response: SipResponse): void {
    const key = serverKey(understood)
    const server = new Server({ flow, clock: this.#clock, onEnd: () => this.#servers.delete(key) })
    this.#servers.set(key, server)
    server.respond(response)
  }

  /** A response for one of our requests; one for nobody is dropped. */
  receive(understood: UnderstoodResponse): void {
    this.#clients.get(clientKey(understood))?.received(understood)
  }

  /** Sends a request other than INVITE, ACK or CANCEL; `request` comes without Via. */
  request(flow: Flow, o: Kept<ClientOptions>): void {
    const { request, branch } = this.#stamped(o.request, flow)
    this.#open(branch, request.method, (onEnd) => new Client({ ...o, request, flow, clock: this.#clock, onEnd }))
  }

  invite(flow: Flow, o: Kept<InviteClientOptions>): Invitation {
    const { request, branch } = this.#stamped(o.request, flow)
    let wanted = false
    let isSent = false
    const cancelNow = () => {
      if (!wanted || isSent || !client.isProceeding) return
      isSent = true
      client.cancelled()
      const nothing = { onResponse: () => {}, onFail: () => {} }
      const cancel = { ...nothing, request: cancelOf(request), flow, clock: this.#clock }
      this.#open(branch, 'CANCEL', (onEnd) => new Client({ ...cancel, onEnd }))
    }
    const onResponse = (response: UnderstoodResponse) => {
      cancelNow()
      o.onResponse(response)
    }
    const client = this.#open(branch, 'INVITE', (onEnd) => {
      return new InviteClient({ ...o, request, flow, clock: this.#clock, onResponse, onEnd })
    })
    return {
      cancel: () => {
        wanted = true
        cancelNow()
      },
    }
  }

  /** Sends an ACK to a 2xx: a transaction of its own without an answer (RFC 3261 13.2.2.4). Gives its octets, to be sent again as they are. */
  acknowledge(flow: Flow, ack: SipRequest): Uint8Array {
    const octets = serialise(this.#stamped(ack, flow).request)
    flow.send(octets)
    return octets
  }

  #open<T extends { received(response: UnderstoodResponse): void }>(
    branch: string,
    method: string,
    create: (onEnd: () => void) => T,
  ): T {
    const key = `${branch} ${method}`
    const client = create(() => this.#clients.delete(key))
    this.#clients.set(key, client)
    return client
  }

  #stamped(request: SipRequest, flow: Flow): { request: SipRequest; branch: string } {
    const branch = magicCookie + randomOctets(12).toString('hex')
    const host = bracketed(this.#host)
    const via = `SIP/2.0/${flow.peer.transport} ${host}:${flow.localPort};branch=${branch};rport`
    return { request: { ...request, headers: [field('Via', via), ...request.headers] }, branch }
  }
}
