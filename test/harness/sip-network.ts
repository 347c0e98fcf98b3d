import type { NextHop, TransportName } from '../../src/telephony/call.ts'
import type { Flow, Receive } from '../../src/telephony/transport/flow.ts'
import type { TransportOptions, Transports } from '../../src/telephony/transport/transports.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../src/wire/sip/message.ts'
import { parseMessage } from '../../src/wire/sip/parse-datagram.ts'
import type { FakeClock } from './fake-clock.ts'

/** What was sent, and when. */
export interface Sent {
  readonly at: number
  readonly from: string
  readonly to: string
  readonly message: SipMessage
}

/** A network in memory, for a fake clock: what is sent arrives after `latencyMs`, unless `lose` says otherwise. */
export class SipNetwork {
  readonly sent: Sent[] = []
  /** Where agents asked for a flow. */
  readonly opened: NextHop[] = []
  readonly #clock: FakeClock
  readonly #receivers = new Map<string, Receive>()
  readonly #closers: { ends: [string, string]; close: () => void }[] = []
  readonly #transport: TransportName
  lose: (sent: Sent) => boolean = () => false
  latencyMs = 1
  readonly #holders = new Set<object>()

  constructor(clock: FakeClock, transport: TransportName) {
    this.#clock = clock
    this.#transport = transport
  }

  /** For `createUserAgent`: its transports on this network. Every host has the port 5060 only. */
  open = async (o: TransportOptions): Promise<Transports> => {
    this.attach(o.host, o.receive)
    return {
      ports: { udp: 5060, tcp: 5060, tls: 5060 },
      open: async (hop) => {
        const { host } = hop
        this.opened.push(hop)
        if (!this.#receivers.has(host)) throw new Error(`nobody is at ${host}`)
        return this.flow(o.host, host)
      },
      udpTo: (address) => this.flow(o.host, address),
      renew: () => {},
      close: async () => void this.#receivers.delete(o.host),
    }
  }

  attach(host: string, receive: Receive): void {
    this.#receivers.set(host, receive)
  }

  flow(from: string, to: string): Flow {
    const closed: (() => void)[] = []
    let isOpen = true
    const close = () => {
      isOpen = false
      closed.splice(0).forEach((task) => task())
    }
    this.#closers.push({ ends: [from, to], close })
    return {
      peer: { transport: this.#transport, address: to, port: 5060, names: [] },
      localPort: 5060,
      isReliable: this.#transport !== 'UDP',
      get isOpen() {
        return isOpen
      },
      send: (octets) => void (isOpen && this.#carry(from, to, Buffer.from(octets))),
      onClose: (task) => {
        closed.push(task)
        return () => void closed.splice(closed.indexOf(task), 1)
      },
      hold: () => {
        const holder = {}
        this.#holders.add(holder)
        return () => void this.#holders.delete(holder)
      },
    }
  }

  /** Octets that need not be SIP, as they come. */
  deliver(from: string, to: string, octets: Buffer): void {
    this.#receivers.get(to)?.(parseMessage(octets), this.flow(to, from))
  }

  /** How many keep a connection open though nothing is said on it. */
  get held(): number {
    return this.#holders.size
  }

  /** Breaks every connection between the two. */
  cut(one: string, other: string): void {
    for (const { ends, close } of this.#closers) if (ends.includes(one) && ends.includes(other)) close()
  }

  /** Start lines of what was sent, `a>b INVITE` or `b>a 200 INVITE`, in order. */
  get log(): string[] {
    return this.sent.map(({ from, to, message }) => `${from}>${to} ${nameOf(message)}`)
  }

  /** When those messages were sent. */
  times(line: string): number[] {
    return this.sent.filter((_, place) => this.log[place] === line).map(({ at }) => at)
  }

  #carry(from: string, to: string, octets: Buffer): void {
    const message = parseMessage(octets)
    if (message.kind === 'fault') throw new Error(`what was sent is not SIP: ${message.because}\n${octets.toString()}`)
    const sent = { at: this.#clock.monotonic(), from, to, message }
    this.sent.push(sent)
    if (this.lose(sent)) return
    this.#clock.after(this.latencyMs, () => this.#receivers.get(to)?.(parseMessage(octets), this.flow(to, from)))
  }
}

export function nameOf(message: SipMessage): string {
  if (message.kind === 'request') return message.method
  const cseq = message.headers.find(({ id }) => id === 'cseq')?.value ?? ''
  return `${message.status} ${cseq.split(' ')[1]}`
}

/** A peer whose every message the test writes itself. */
export class RawPeer {
  readonly received: SipMessage[] = []
  readonly #network: SipNetwork
  readonly #host: string
  /** Called for what comes in. */
  onMessage: (message: SipMessage) => void = () => {}

  constructor(network: SipNetwork, host: string) {
    this.#network = network
    this.#host = host
    network.attach(host, (message) => {
      if (message.kind === 'fault') throw new Error(message.because)
      this.received.push(message)
      this.onMessage(message)
    })
  }

  send(to: string, ...lines: string[]): void {
    const at = lines.indexOf('')
    const head = at < 0 ? lines : lines.slice(0, at)
    const body = at < 0 ? '' : lines.slice(at + 1).join('\r\n')
    const length = `Content-Length: ${Buffer.byteLength(body)}`
    this.#network.flow(this.#host, to).send(Buffer.from([...head, length, '', body].join('\r\n')))
  }

  get last(): SipMessage | undefined {
    return this.received.at(-1)
  }

  responses(status?: number): SipResponse[] {
    return this.received.filter((one): one is SipResponse => {
      return one.kind === 'response' && (status === undefined || one.status === status)
    })
  }

  requests(method: string): SipRequest[] {
    return this.received.filter((one): one is SipRequest => one.kind === 'request' && one.method === method)
  }
}

/** The value of a header field, or undefined. */
export function valueOf(message: SipMessage | undefined, name: string): string | undefined {
  return message?.headers.find(({ id }) => id === name.toLowerCase())?.value
}

export function tagOf(message: SipMessage | undefined, name: 'from' | 'to'): string | undefined {
  return /;tag=([^;]+)/.exec(valueOf(message, name) ?? '')?.[1]
}

export const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n'
export const sdp = (text = SDP) => ({ type: 'application/sdp', content: Buffer.from(text) })
