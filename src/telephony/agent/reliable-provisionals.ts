import { randomOctets } from '../../runtime/random.ts'
import type { Clock } from '../../runtime/clock.ts'
import { header, type SipResponse } from '../../wire/sip/message.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import { doubling, GIVE_UP, repeat } from '../transaction/timers.ts'

const RACK = /^(\d{1,10})[ \t]+(\d{1,10})[ \t]+([A-Z]+)$/

/** The reliable provisional responses to one INVITE (RFC 3262 3): one at a time, each until its PRACK. */
export class ReliableProvisionals {
  readonly #o: { clock: Clock; send: (response: SipResponse) => void; onGiveUp: () => void }
  readonly #waiting: ((rseq: number) => SipResponse)[] = []
  readonly #idle: (() => void)[] = []
  /** Of the last one sent; 31 bits at random, to leave room for more. */
  #rseq = randomOctets(4).readUInt32BE() >>> 2
  #end: (() => void) | undefined

  constructor(o: { clock: Clock; send: (response: SipResponse) => void; onGiveUp: () => void }) {
    this.#o = o
  }

  /** Sends it when those before it are acknowledged. */
  send(make: (rseq: number) => SipResponse): void {
    this.#waiting.push(make)
    if (this.#end === undefined) this.#next()
  }

  /** The status that answers a PRACK: 481 if it means none that is out (RFC 3262 3). */
  pracked({ request }: UnderstoodRequest, inviteSeq: number): number {
    const [, rseq, cseq, method] = RACK.exec(header(request, 'rack') ?? '') ?? []
    const isIt = Number(rseq) === this.#rseq && Number(cseq) === inviteSeq && method === 'INVITE'
    if (this.#end === undefined || !isIt) return 481
    this.#acknowledged()
    this.#next()
    return 200
  }

  /** Resolves when none waits for its PRACK any more, or the final response is out. */
  idle(): Promise<void> {
    return this.#end === undefined ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  /** No more of them: the final response is out. */
  stop(): void {
    this.#waiting.length = 0
    this.#acknowledged()
    this.#next()
  }

  #acknowledged(): void {
    this.#end?.()
    this.#end = undefined
  }

  #next(): void {
    const make = this.#waiting.shift()
    if (make === undefined) return this.#idle.splice(0).forEach((resolve) => resolve())
    const response = make(++this.#rseq)
    const { clock, send, onGiveUp } = this.#o
    const cancelRepeat = repeat(clock, doubling, () => send(response))
    const cancelGiveUp = clock.after(GIVE_UP, () => {
      this.stop()
      onGiveUp()
    })
    this.#end = () => {
      cancelRepeat()
      cancelGiveUp()
    }
    send(response)
  }
}
