import { parseHead, type Head } from './parse-head.ts'
import { defaultLimits, type SipLimits } from './limits.ts'
import type { SipFault, SipMessage } from './message.ts'

/** `ping` and `pong`: keep-alive of RFC 5626 4.4.1; a ping is to be answered by CRLF. After a fault the stream can't be read on: close it. */
export type Framed = SipMessage | SipFault | { readonly kind: 'ping' } | { readonly kind: 'pong' }

const HEAD_END = Buffer.from('\r\n\r\n')
const CR = 0x0d
const LF = 0x0a

/** Cuts a stream into messages by Content-Length, which is required there (RFC 3261 18.3). Holds one message at most. */
export class Framer {
  readonly #limits: SipLimits
  #buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  /** Where the search for the end of the head goes on, so that octet by octet isn't quadratic. */
  #searched = 0
  #head: Head | undefined
  #dead = false

  constructor(limits: SipLimits = defaultLimits) {
    this.#limits = limits
  }

  /** True while a message has begun and isn't whole: what a time limit against slow senders asks. */
  get midway(): boolean {
    return !this.#dead && this.#end > this.#start
  }

  /** Takes what the stream brought and gives what became whole by it. Gives nothing any more after a fault. */
  push(chunk: Uint8Array): Framed[] {
    const out: Framed[] = []
    if (this.#dead) return out
    this.#append(chunk)
    for (;;) {
      const framed = this.#next()
      if (framed === undefined) {
        this.#forget()
        return out
      }
      out.push(framed)
      if (framed.kind === 'fault') {
        this.#dead = true
        this.#buffer = Buffer.alloc(0)
        return out
      }
    }
  }

  /** A connection lives for days: it must not keep the last messages until the next ones come. */
  #forget(): void {
    if (this.#start !== this.#end) return
    this.#buffer = Buffer.alloc(0)
    this.#start = this.#end = this.#searched = 0
  }

  #append(chunk: Uint8Array): void {
    const held = this.#end - this.#start
    if (this.#end + chunk.length > this.#buffer.length) {
      // Doubling, and a new buffer each time: bodies that were given out keep the old one.
      const grown = Buffer.allocUnsafeSlow(
        Math.max(2_048, chunk.length + held, chunk.length + held > 2_048 ? 2 * held : 0),
      )
      this.#buffer.copy(grown, 0, this.#start, this.#end)
      this.#searched -= this.#start
      this.#start = 0
      this.#end = held
      this.#buffer = grown
    }
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }

  #next(): Framed | undefined {
    if (this.#head === undefined) {
      const before = this.#keepAlive()
      if (before !== 'none') return before
      const head = this.#readHead()
      if (head?.kind !== 'head') return head
      this.#head = head
    }
    const length = this.#head.contentLength ?? 0
    if (this.#end - this.#start < length) return undefined
    const body = this.#buffer.subarray(this.#start, this.#start + length)
    const { message } = this.#head
    this.#head = undefined
    this.#skip(length)
    return length === 0 ? message : { ...message, body }
  }

  /** CRLFs before a start line: two are a ping, one alone is a pong or nothing (RFC 3261 7.5). */
  #keepAlive(): Framed | undefined | 'none' {
    const held = this.#end - this.#start
    if (held === 0) return undefined
    if (this.#at(0) !== CR) return 'none'
    if (held === 1) return undefined
    if (this.#at(1) !== LF) return { kind: 'fault', status: 400, because: 'a CR stands alone' }
    const second = held >= 4 && this.#at(2) === CR && this.#at(3) === LF
    this.#skip(second ? 4 : 2)
    return { kind: second ? 'ping' : 'pong' }
  }

  #readHead(): Head | SipFault | undefined {
    const view = this.#buffer.subarray(0, this.#end)
    const found = view.indexOf(HEAD_END, Math.max(this.#start, this.#searched - 3))
    this.#searched = this.#end
    const size = (found < 0 ? this.#end : found + 2) - this.#start
    if (size > this.#limits.headOctets) return { kind: 'fault', status: 513, because: 'the head is too large' }
    if (found < 0) return undefined
    const head = parseHead(view.subarray(this.#start, found + 2), this.#limits)
    this.#skip(found + 4 - this.#start)
    if (head.kind === 'fault' || head.contentLength !== undefined) return head
    const request = head.message.kind === 'request' ? head.message : undefined
    return { kind: 'fault', status: 400, because: 'Content-Length is missing on a stream', request }
  }

  #at(offset: number): number | undefined {
    return this.#buffer[this.#start + offset]
  }

  #skip(octets: number): void {
    this.#start += octets
    this.#searched = this.#start
  }
}
