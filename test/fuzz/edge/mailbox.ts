import { header, type SipMessage, type SipRequest } from '../../../src/wire/sip/message.ts'
import { writeResponse } from './sip-text.ts'

/** A message that came, and the way back. */
export interface Came {
  readonly message: SipMessage
  readonly line: Line
}

/** How messages go out, and what a Via and a Contact say of it. */
export interface Line {
  readonly name: 'UDP' | 'TCP' | 'TLS'
  readonly host: string
  readonly port: number
  send(octets: Buffer): void
  close(): void
}

/** What came for one call. */
export class Box {
  readonly #came: Came[] = []
  readonly #wakes = new Set<() => void>()

  take(came: Came): void {
    this.#came.push(came)
    for (const wake of [...this.#wakes]) wake()
  }

  /** The next message of the kind, which is taken out; undefined when none comes in so many milliseconds. */
  async next(fits: (message: SipMessage) => boolean, ms: number): Promise<Came | undefined> {
    return (await this.#until(fits, ms)) ? this.#came.splice(this.#find(fits), 1)[0] : undefined
  }

  /** Whether one comes in so many milliseconds; it stays there. */
  has(fits: (message: SipMessage) => boolean, ms: number): Promise<boolean> {
    return this.#until(fits, ms)
  }

  #find(fits: (message: SipMessage) => boolean): number {
    return this.#came.findIndex(({ message }) => fits(message))
  }

  async #until(fits: (message: SipMessage) => boolean, ms: number): Promise<boolean> {
    const deadline = performance.now() + ms
    for (;;) {
      if (this.#find(fits) >= 0) return true
      const left = deadline - performance.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          this.#wakes.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, left)
        this.#wakes.add(wake)
      })
    }
  }
}

/** Sorts what comes to one end by its Call-ID. What nobody waits for is refused, so that it doesn't hang. */
export class Mailbox {
  readonly #boxes = new Map<string, Box>()
  /** OPTIONS that were answered: whom the edge probes is served. */
  probes = 0

  open(callId: string): Box {
    const box = new Box()
    this.#boxes.set(callId, box)
    return box
  }

  close(callId: string): void {
    this.#boxes.delete(callId)
  }

  take(message: SipMessage, line: Line): void {
    if (message.kind === 'request' && message.method === 'OPTIONS') {
      this.probes++
      return line.send(writeResponse(message, 200, { tag: 'probed' }))
    }
    const box = this.#boxes.get(header(message, 'call-id') ?? '')
    if (box !== undefined) return box.take({ message, line })
    if (message.kind === 'request') refuse(message, line)
  }
}

function refuse(request: SipRequest, line: Line): void {
  if (request.method === 'ACK') return
  const status = request.method === 'INVITE' ? 486 : 200
  line.send(writeResponse(request, status, { tag: 'nobody' }))
}

export const isRequest = (method: string) => (message: SipMessage) =>
  message.kind === 'request' && message.method === method
/** Answers to requests of that number. */
export const isAnswer =
  (cseq: number, from = 200) =>
  (message: SipMessage) =>
    message.kind === 'response' && message.status >= from && Number.parseInt(header(message, 'cseq') ?? '', 10) === cseq
