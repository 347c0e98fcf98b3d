import type { Clock } from '../../runtime/clock.ts'
import { serialise } from '../../wire/sip/serialise.ts'
import type { SipResponse } from '../../wire/sip/message.ts'
import type { Flow } from '../transport/flow.ts'
import { GIVE_UP } from './timers.ts'

export interface ServerOptions {
  readonly flow: Flow
  readonly clock: Clock
  readonly onEnd: () => void
}

/** The non-INVITE server transaction (RFC 3261 17.2.2): the same request again gets the same response again. No provisional is sent (RFC 4320). */
export class Server {
  readonly #o: ServerOptions
  #final: Uint8Array | undefined

  constructor(o: ServerOptions) {
    this.#o = o
  }

  respond(response: SipResponse): void {
    if (this.#final !== undefined) return
    this.#final = serialise(response)
    this.#o.flow.send(this.#final)
    // Timer J
    if (this.#o.flow.isReliable) this.#o.onEnd()
    else this.#o.clock.after(GIVE_UP, this.#o.onEnd)
  }

  retransmitted(): void {
    if (this.#final !== undefined) this.#o.flow.send(this.#final)
  }
}
