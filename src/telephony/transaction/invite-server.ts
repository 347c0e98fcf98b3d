import type { Clock } from '../../runtime/clock.ts'
import { serialise } from '../../wire/sip/serialise.ts'
import type { SipResponse } from '../../wire/sip/message.ts'
import type { Flow } from '../transport/flow.ts'
import { doublingToT2, GIVE_UP, T4, Timers, TRYING } from './timers.ts'

export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated'

export interface InviteServerOptions {
  readonly flow: Flow
  readonly clock: Clock
  /** Makes the 100 that is sent after 200 ms unless something else was. */
  readonly trying: () => SipResponse
  readonly onEnd: () => void
}

/** The INVITE server transaction (RFC 3261 17.2.1, with the Accepted state of RFC 6026 7.1). 2xx are repeated by the dialog, not here. */
export class InviteServer {
  readonly #flow: Flow
  readonly #onEnd: () => void
  readonly #timers: Timers
  #state: InviteServerState = 'proceeding'
  #last: Uint8Array | undefined

  constructor(o: InviteServerOptions) {
    this.#flow = o.flow
    this.#onEnd = o.onEnd
    this.#timers = new Timers(o.clock)
    this.#timers.after(TRYING, () => this.#last ?? this.respond(o.trying()))
  }

  get state(): InviteServerState {
    return this.#state
  }

  /** Sends a provisional, or the final response; after a 2xx more of them may follow, after any other nothing does. */
  respond(response: SipResponse): void {
    const { status } = response
    const isSuccess = status >= 200 && status < 300
    if (this.#state === 'accepted' && isSuccess) return this.#flow.send(serialise(response))
    if (this.#state !== 'proceeding') return
    this.#last = serialise(response)
    this.#flow.send(this.#last)
    if (status < 200) return
    this.#timers.end()
    if (isSuccess) return this.#accept()
    this.#complete()
  }

  /** The same INVITE came again. */
  retransmitted(): void {
    // In Accepted it is absorbed (RFC 6026 7.1): the 2xx goes out again by the dialog's own timer.
    if ((this.#state === 'proceeding' || this.#state === 'completed') && this.#last) this.#flow.send(this.#last)
  }

  /** An ACK within this transaction. False: it belongs to a 2xx, and to the dialog. */
  acknowledged(): boolean {
    if (this.#state === 'accepted') return false
    if (this.#state === 'completed') {
      this.#timers.end()
      this.#state = 'confirmed'
      // Timer I
      this.#timers.after(this.#flow.isReliable ? 0 : T4, () => this.#end())
    }
    return true
  }

  #accept(): void {
    this.#state = 'accepted'
    // It stays for half a minute more, as do those of all calls that came since: so it keeps only what it needs.
    this.#last = undefined
    // Timer L
    this.#timers.after(GIVE_UP, () => this.#end())
  }

  #complete(): void {
    this.#state = 'completed'
    // Timers G and H
    if (!this.#flow.isReliable) this.#timers.repeat(doublingToT2, () => this.#flow.send(this.#last!))
    this.#timers.after(GIVE_UP, () => this.#end())
  }

  #end(): void {
    this.#timers.end()
    this.#state = 'terminated'
    this.#onEnd()
  }
}
