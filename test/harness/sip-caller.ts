import type { SipMessage } from '../../src/wire/sip/message.ts'
import { RawPeer, SDP, tagOf, type SipNetwork } from './sip-network.ts'

/** A caller of which the test decides every word. */
export class RawCaller extends RawPeer {
  readonly host: string
  readonly bot: string
  callId = 'call-1'
  fromTag = 'theirs'
  toTag: string | undefined
  number = 1
  branches = 0

  constructor(network: SipNetwork, host = 'caller', bot = 'bot') {
    super(network, host)
    this.host = host
    this.bot = bot
  }

  /** Lines of a request of this call. `extra` come behind, a body after an empty line. */
  request(method: string, extra: string[] = [], o: { number?: number; branch?: string } = {}): string[] {
    const number = o.number ?? (method === 'ACK' || method === 'CANCEL' ? this.number : ++this.number)
    const branch = o.branch ?? `z9hG4bKraw${++this.branches}`
    const tag = this.toTag === undefined ? '' : `;tag=${this.toTag}`
    return [
      `${method} sip:bot@${this.bot} SIP/2.0`,
      `Via: SIP/2.0/TCP ${this.host}:5060;branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:caller@${this.host}>;tag=${this.fromTag}`,
      `To: <sip:bot@${this.bot}>${tag}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${number} ${method}`,
      ...extra,
    ]
  }

  say(method: string, extra: string[] = [], o: { number?: number; branch?: string } = {}): void {
    this.send(this.bot, ...this.request(method, extra, o))
  }

  contact(): string {
    return `Contact: <sip:caller@${this.host}:5060>`
  }

  /** An INVITE with an offer. The number and branch are those that ACK and CANCEL of it need. */
  invite(extra: string[] = [], o: { body?: string; branch?: string; number?: number } = {}): void {
    const body = o.body ?? SDP
    const carried = body === '' ? [] : ['Content-Type: application/sdp', '', body]
    const number = o.number ?? this.number
    this.say('INVITE', [this.contact(), ...extra, ...carried], { number, branch: o.branch ?? 'z9hG4bKinvite' })
  }

  /** The same with the tag of the other side, from the last response that had one. */
  heed(): void {
    this.toTag = this.received.map((one: SipMessage) => tagOf(one, 'to')).findLast((tag) => tag !== undefined)
  }

  ack(extra: string[] = []): void {
    this.heed()
    this.say('ACK', extra)
  }

  /** A response to what came. `extra` as for a request. */
  answer(request: SipMessage, status: number, extra: string[] = []): void {
    const copied = request.headers
      .filter(({ id }) => ['via', 'from', 'to', 'call-id', 'cseq'].includes(id))
      .map(({ name, value }) => `${name}: ${value}`)
    this.send(this.bot, `SIP/2.0 ${status} X`, ...copied, this.contact(), ...extra)
  }
}
