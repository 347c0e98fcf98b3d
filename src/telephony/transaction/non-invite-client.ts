import type { Clock } from '../../runtime/clock.ts'
import { serialise } from '../../wire/sip/serialise.ts'
import type { SipRequest } from '../../wire/sip/message.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { Flow } from '../transport/flow.ts'
import { doublingToT2, GIVE_UP, T2, T4, Timers } from './timers.ts'

/** Why no answer came: in time, or because the connection broke (RFC 3261 8.1.3.1 takes them for 408 and 503). */
export type Failure = 'timeout' | 'transport'

export interface ClientOptions {
  /** With our Via on top. */
  readonly request: SipRequest
  readonly flow: Flow
  readonly clock: Clock
  /** The final response, once. */
  readonly onResponse: (response: UnderstoodResponse) => void
  readonly onFail: (because: Failure) => void
  readonly onEnd: () => void
}

/** The non-INVITE client transaction (RFC 3261 17.1.2). */
export class Client {
  readonly #o: ClientOptions
  readonly #timers: Timers
  readonly #octets: Uint8Array
  readonly #offClose: () => void
  #state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying'

  constructor(o: ClientOptions) {
    this.#o = o
    this.#timers = new Timers(o.clock)
    this.#octets = serialise(o.request)
    this.#offClose = o.flow.onClose(() => this.#fail('transport'))
    // Timers E and F: once there is a provisional answer, every T2 (17.1.2.2)
    const next = (wait: number) => (this.#state === 'proceeding' ? T2 : doublingToT2(wait))
    if (!o.flow.isReliable) this.#timers.repeat(next, () => o.flow.send(this.#octets))
    this.#timers.after(GIVE_UP, () => this.#fail('timeout'))
    o.flow.send(this.#octets)
  }

  received(understood: UnderstoodResponse): void {
    if (this.#state === 'completed' || this.#state === 'terminated') return
    if (understood.response.status < 200) {
      this.#state = 'proceeding'
      return
    }
    this.#timers.end()
    this.#state = 'completed'
    // Timer K
    this.#timers.after(this.#o.flow.isReliable ? 0 : T4, () => this.#end())
    this.#o.onResponse(understood)
  }

  #fail(because: Failure): void {
    if (this.#state !== 'trying' && this.#state !== 'proceeding') return
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
