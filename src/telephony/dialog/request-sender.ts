import { describeBug } from '../../runtime/redacted-error.ts'
import type { Header, SipRequest } from '../../wire/sip/message.ts'
import type { UnderstoodRequest, UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { Body, NextHop } from '../call.ts'
import type { Invitation } from '../transaction/transaction-layer.ts'
import type { Flow } from '../transport/flow.ts'
import type { Authenticator } from './digest-authenticator.ts'
import { logRejection, contact, type AgentContext } from './agent-context.ts'
import { nextHop, requestIn, retarget, type DialogState } from './dialog-state.ts'

/** How a request of ours ended: 408 without `understood` for silence, 503 for a way that is broken (RFC 3261 8.1.3.1). */
export interface RequestContent {
  readonly status: number
  readonly understood?: UnderstoodResponse
}

/** A method that refreshes the target carries our Contact (RFC 3261 12.2, RFC 3311 5.1). */
const refreshesTarget: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'REFER'])
/** Challenges one after another of which none is met. */
const MOST_TRIES = 3

export interface SenderOptions {
  readonly context: AgentContext
  readonly state: DialogState
  readonly flow: Flow
  readonly authenticator: Authenticator
  readonly isSips: boolean
  /** Of the hop that the call was placed through: its identity serves the whole dialog. */
  readonly tls?: NextHop['tls']
}

/** Sends the requests of one dialog: numbered, along its routes, with credentials where they are asked for (RFC 3261 12.2.1). */
export class Sender {
  readonly #o: SenderOptions
  #state: DialogState
  #flow: Flow
  #release: () => void
  #isReleased = false

  constructor(o: SenderOptions) {
    this.#o = o
    this.#state = o.state
    this.#flow = o.flow
    this.#release = o.flow.hold()
  }

  get state(): DialogState {
    return this.#state
  }

  set state(state: DialogState) {
    this.#state = state
  }

  get flow(): Flow {
    return this.#flow
  }

  nextHop(): NextHop | undefined {
    return nextHop(this.#state, this.#o.flow.peer.transport === 'TLS')
  }

  contact(): Header {
    return contact(this.#o.context, this.#flow, this.#o.isSips)
  }

  /** Follows the other side's new Contact. */
  retarget(understood: UnderstoodRequest | UnderstoodResponse): void {
    this.#state = retarget(this.#state, understood)
  }

  /** A request other than INVITE and ACK, and its final answer. */
  async ask(method: string, o: { headers?: readonly Header[]; body?: Body } = {}): Promise<RequestContent> {
    for (let tries = 1; ; tries++) {
      const flow = await this.#way()
      if (flow === undefined) return { status: 503 }
      const request = this.#next(method, o)
      const asked = await new Promise<RequestContent>((resolve) =>
        this.#o.context.layer.request(flow, {
          request,
          onResponse: (understood) => resolve({ status: understood.response.status, understood }),
          onFail: (because) => resolve({ status: because === 'timeout' ? 408 : 503 }),
        }),
      )
      if (tries === MOST_TRIES || !this.#mayTryAgain(asked)) return asked
    }
  }

  /** A re-INVITE; every response but those that are tried again comes to `onResponse`, a 2xx maybe more than once. Resolves with the final one. */
  async invite(o: {
    headers: readonly Header[]
    body: Body
    onResponse: (understood: UnderstoodResponse, invite: SipRequest) => void
    onInvitation?: (invitation: Invitation) => void
  }): Promise<RequestContent> {
    for (let tries = 1; ; tries++) {
      const flow = await this.#way()
      if (flow === undefined) return { status: 503 }
      const request = this.#next('INVITE', o)
      const asked = await new Promise<RequestContent>((resolve) => {
        const invitation = this.#o.context.layer.invite(flow, {
          request,
          onResponse: (understood) => {
            const { status } = understood.response
            o.onResponse(understood, request)
            if (status >= 200) resolve({ status, understood })
          },
          onFail: (because) => resolve({ status: because === 'timeout' ? 408 : 503 }),
        })
        o.onInvitation?.(invitation)
      })
      if (tries === MOST_TRIES || !this.#mayTryAgain(asked)) return asked
    }
  }

  /** The ACK to a 2xx, with the credentials of its INVITE (RFC 3261 13.2.2.4, 22.1). Gives what sends it again. */
  acknowledge(number: number, invite: SipRequest): () => void {
    const credentials = invite.headers.filter(({ id }) => id === 'authorization' || id === 'proxy-authorization')
    const ack = requestIn(this.#state, { method: 'ACK', number, headers: credentials })
    let send = () => {}
    const sent = this.#way().then((flow) => {
      if (flow === undefined) return
      const octets = this.#o.context.layer.acknowledge(flow, ack)
      send = () => flow.send(octets)
    })
    logRejection(this.#o.context, sent)
    return () => send()
  }

  release(): void {
    this.#isReleased = true
    this.#release()
  }

  #mayTryAgain({ status, understood }: RequestContent): boolean {
    return (
      (status === 401 || status === 407) && understood !== undefined && this.#o.authenticator.challenged(understood)
    )
  }

  #next(method: string, { headers = [], body }: { headers?: readonly Header[]; body?: Body }): SipRequest {
    const number = this.#state.localSeq + 1
    this.#state = { ...this.#state, localSeq: number }
    const bare = requestIn(this.#state, { method, number, ...(body === undefined ? {} : { body }) })
    const own = [...headers, ...(refreshesTarget.has(method) ? [this.contact()] : [])]
    const credentials = this.#o.authenticator.headersFor(method, bare.uri)
    return { ...bare, headers: [...bare.headers, ...credentials, ...own] }
  }

  /** The connection that is there, if it leads to the next hop; else one to there; at worst the one that is there all the same. */
  async #way(): Promise<Flow | undefined> {
    const hop = this.nextHop()
    if (hop === undefined || leadsTo(this.#flow, hop)) return this.#flow.isOpen ? this.#flow : undefined
    const { tls, context } = this.#o
    try {
      const flow = await context.transports.open(tls === undefined ? hop : { ...hop, tls })
      this.#release()
      this.#flow = flow
      // A BYE is sent after the end of its dialog, which must not keep the connection.
      if (!this.#isReleased) this.#release = flow.hold()
      return flow
    } catch (error) {
      context.log.debug(describeBug(error), 'the next hop of a dialog could not be reached')
      return this.#flow.isOpen ? this.#flow : undefined
    }
  }
}

function leadsTo({ peer, isOpen, isReliable }: Flow, { transport, host, port }: NextHop): boolean {
  if (!isOpen || peer.transport !== transport) return false
  if (!isReliable) return peer.address === host && peer.port === port
  // A stream is reused whatever its port: it was opened from one of the peer's own (RFC 5923), and over TLS its names are proved.
  return peer.address === host || peer.names.includes(host.toLowerCase())
}
