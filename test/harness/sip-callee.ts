import type { SipMessage, SipRequest } from '../../src/wire/sip/message.ts'
import { RawPeer, tagOf, valueOf, type SipNetwork } from './sip-network.ts'

/** One who is called, of whom the test decides every word. */
export class RawCallee extends RawPeer {
  readonly host: string
  readonly from: string

  constructor(network: SipNetwork, host = 'callee', from = 'bot') {
    super(network, host)
    this.host = host
    this.from = from
  }

  /** Answers a request with its Via, From, To, Call-ID and CSeq. */
  answer(request: SipRequest, status: number, extra: string[] = [], tag: string | undefined = 'theirs'): void {
    const copied = request.headers
      .filter(({ id }) => ['via', 'from', 'call-id', 'cseq'].includes(id))
      .map(({ name, value }) => `${name}: ${value}`)
    const to = valueOf(request, 'to')!
    const hasTag = tagOf(request, 'to') !== undefined || tag === undefined || status === 100
    this.send(
      this.from,
      `SIP/2.0 ${status} Any`,
      ...copied,
      `To: ${to}${hasTag ? '' : `;tag=${tag}`}`,
      `Contact: <sip:${this.host}:5060>`,
      ...extra,
    )
  }

  /** A request of theirs in the dialog of an INVITE that they got. */
  request(invite: SipRequest, method: string, number: number, extra: string[] = [], tag = 'theirs'): void {
    this.send(
      this.from,
      `${method} sip:callbot@${this.from}:5060 SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.host}:5060;branch=z9hG4bK${method}${number};rport`,
      'Max-Forwards: 70',
      `From: ${valueOf(invite, 'to')};tag=${tag}`,
      `To: ${valueOf(invite, 'from')}`,
      `Call-ID: ${valueOf(invite, 'call-id')}`,
      `CSeq: ${number} ${method}`,
      ...extra,
    )
  }

  /** Does this with each request of that method that comes in from now on. */
  on(method: string, task: (request: SipRequest) => void): void {
    const before = this.onMessage
    this.onMessage = (message: SipMessage) => {
      before(message)
      if (message.kind === 'request' && message.method === method) task(message)
    }
  }
}

/** Lines of an SDP body, to stand at the end of `extra`. */
export const withSdp = (text = 'their sdp') => ['Content-Type: application/sdp', '', text]
