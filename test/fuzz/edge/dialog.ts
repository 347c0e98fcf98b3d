import { header, headers, type SipMessage, type SipRequest, type SipResponse } from '../../../src/wire/sip/message.ts'
import type { Line } from './mailbox.ts'
import { type Content, NOTHING, writeMessage, writeResponse } from './sip-text.ts'

/** Changes a whole message before it goes out. */
export type Twist = (octets: Buffer) => Buffer

/** One end of a call, of which the round decides every octet. */
export class Dialog {
  readonly #line: Line
  readonly #callId: string
  readonly #tag: string
  #local: string
  #remote: string
  #target: string
  #routes: readonly string[] = []
  #cseq = 0

  private constructor(line: Line, o: { callId: string; tag: string; local: string; remote: string; target: string }) {
    this.#line = line
    this.#callId = o.callId
    this.#tag = o.tag
    this.#local = o.local
    this.#remote = o.remote
    this.#target = o.target
  }

  static calling(line: Line, callId: string, target: string): Dialog {
    const tag = `c${callId}`
    const local = `<sip:+33611223344@${line.host}>;tag=${tag}`
    return new Dialog(line, { callId, tag, local, remote: `<${target}>`, target })
  }

  /** The end that got the INVITE. */
  static called(line: Line, invite: SipRequest): Dialog {
    const callId = header(invite, 'call-id')!
    const tag = `d${callId}`
    const dialog = new Dialog(line, {
      ...{ callId, tag, local: `${header(invite, 'to')};tag=${tag}`, remote: header(invite, 'from')! },
      target: uriIn(header(invite, 'contact')),
    })
    dialog.#routes = listed(invite, 'record-route')
    return dialog
  }

  get contact(): string {
    const { host, port, name } = this.#line
    return `sip:party@${host}:${port};transport=${name.toLowerCase()}`
  }

  /** What a final answer to our INVITE says of the way. */
  answered(response: SipResponse): void {
    this.#remote = header(response, 'to') ?? this.#remote
    if (response.status >= 300) return
    this.#target = uriIn(header(response, 'contact')) || this.#target
    this.#routes = listed(response, 'record-route').reverse()
  }

  /** @returns its number, by which its answers are known */
  request(method: string, content: Content = NOTHING, more: { headers?: string[]; twist?: Twist } = {}): number {
    this.#cseq++
    this.#write(method, this.#cseq, `${method}${this.#cseq}`, content, more)
    return this.#cseq
  }

  /** An ACK of a 2xx is a transaction of its own; of another answer it is part of the INVITE's (RFC 3261 17.1.1.3). */
  acknowledge(cseq: number, isTaken: boolean, content: Content = NOTHING, twist?: Twist): void {
    const branch = isTaken ? `ACK${cseq}` : `INVITE${cseq}`
    this.#write('ACK', cseq, branch, content, twist === undefined ? {} : { twist })
  }

  cancel(cseq: number, twist?: Twist): void {
    this.#write('CANCEL', cseq, `INVITE${cseq}`, NOTHING, twist === undefined ? {} : { twist })
  }

  answer(
    line: Line,
    request: SipRequest,
    status: number,
    content: Content = NOTHING,
    twist: Twist = (all) => all,
  ): void {
    line.send(twist(writeResponse(request, status, { tag: this.#tag, contact: this.contact, content })))
  }

  #write(
    method: string,
    cseq: number,
    branch: string,
    content: Content,
    { headers: more = [], twist = (all) => all }: { headers?: string[]; twist?: Twist },
  ): void {
    const { name, host, port } = this.#line
    const head = [
      `Via: SIP/2.0/${name} ${host}:${port};branch=z9hG4bK${this.#tag}${branch}`,
      ...this.#routes.map((route) => `Route: ${route}`),
      ...[`From: ${this.#local}`, `To: ${this.#remote}`, `Call-ID: ${this.#callId}`, `CSeq: ${cseq} ${method}`],
      ...[`Contact: <${this.contact}>`, 'Max-Forwards: 70', ...more],
    ]
    this.#line.send(twist(writeMessage(`${method} ${this.#target} SIP/2.0`, head, content)))
  }
}

export const bodyOf = (message: SipMessage | undefined) =>
  message === undefined ? '' : Buffer.from(message.body).toString('latin1')

const listed = (message: SipMessage, id: string) => headers(message, id).flatMap((value) => value.split(/, */))
const uriIn = (value = '') => /<([^>]*)>/.exec(value)?.[1] ?? value
