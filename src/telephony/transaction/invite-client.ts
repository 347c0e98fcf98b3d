import type { Clock } from '../../runtime/clock.ts'
import { serialise } from '../../wire/sip/serialise.ts'
import type { SipRequest } from '../../wire/sip/message.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { Flow } from '../transport/flow.ts'
import type { Failure } from './non-invite-client.ts'
import { ackOf } from './ack-and-cancel.ts'
import { doubling, GIVE_UP, TIMER_D, Timers } from './timers.ts'

/** A proxy gives an INVITE up, and who got it doesn't know: he may answer yet. */
const TIMEOUT = 408

export interface InviteClientOptions {
  /** With our Via on top. */
  readonly request: SipRequest
  readonly flow: Flow
  readonly clock: Clock
  /** How long we wait for any answer: timer B, or sooner. */
  readonly silenceMs?: number
  /** Provisional ones, every 2xx (forks answer more than once, RFC 6026 7.2), or the one refusal; after a 408, also each 2xx that comes late. */
  readonly onResponse: (response: UnderstoodResponse) => void
  readonly onFail: (because: Failure) => void
  readonly onEnd: () => void
}

/** The INVITE client transaction (RFC 3261 17.1.1, with the Accepted state of RFC 6026 7.2). It acknowledges refusals itself; 2xx are the dialog's. */
export class InviteClient {
  readonly #o: InviteClientOptions
  readonly #timers: Timers
  readonly #offClose: () => void
  #state: 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated' = 'calling'
  #ack: Uint8Array | undefined

  constructor(o: InviteClientOptions) {
    this.#o = o
    this.#timers = new Timers(o.clock)
    this.#offClose = o.flow.onClose(() => this.#fail('transport'))
    const octets = serialise(o.request)
    // Timers A and B
    if (!o.flow.isReliable) this.#timers.repeat(doubling, () => o.flow.send(octets))
    this.#timers.after(Math.min(o.silenceMs ?? GIVE_UP, GIVE_UP), () => this.#fail('timeout'))
    o.flow.send(octets)
  }

  /** True once it makes sense to send CANCEL, and as long (RFC 3261 9.1). */
  get isProceeding(): boolean {
    return this.#state === 'proceeding'
  }

  /** A CANCEL went out: when nothing more is heard within 64*T1, it is over all the same (RFC 3261 9.1). */
  cancelled(): void {
    this.#timers.after(GIVE_UP, () => this.#fail('timeout'))
  }

  received(understood: UnderstoodResponse): void {
    const { status } = understood.response
    if (this.#state === 'terminated') return
    if (this.#state === 'completed') return this.#again(understood)
    if (status >= 200 && status < 300) return this.#accept(understood)
    if (this.#state === 'accepted') return
    if (status < 200) {
      if (this.#state === 'calling') this.#timers.end()
      this.#state = 'proceeding'
    } else {
      this.#complete(understood)
    }
    this.#o.onResponse(understood)
  }

  /** After a refusal: the same once more, or a 2xx of one whom a proxy had given up. */
  #again(understood: UnderstoodResponse): void {
    const { status } = understood.response
    if (status >= 300) this.#o.flow.send(this.#ack!)
    else if (status >= 200) this.#o.onResponse(understood)
  }

  #accept(understood: UnderstoodResponse): void {
    if (this.#state !== 'accepted') {
      this.#timers.end()
      this.#state = 'accepted'
      // Timer M
      this.#timers.after(GIVE_UP, () => this.#end())
    }
    this.#o.onResponse(understood)
  }

  #complete(understood: UnderstoodResponse): void {
    this.#timers.end()
    this.#state = 'completed'
    this.#ack = serialise(ackOf(this.#o.request, understood))
    this.#o.flow.send(this.#ack)
    const mayBeAnswered = understood.response.status === TIMEOUT
    // Timer D
    this.#timers.after(this.#o.flow.isReliable && !mayBeAnswered ? 0 : TIMER_D, () => this.#end())
  }

  #fail(because: Failure): void {
    if (this.#state !== 'calling' && this.#state !== 'proceeding') return
    this.#end()
    this.#o.onFail(because)
  }

  #end(): void {
    this.#timers.end()
    this.#offClose()
    this.#state = 'terminated'
    this.#o.onEnd()
  }
}
