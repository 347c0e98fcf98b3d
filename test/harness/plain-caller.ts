/** A SIP caller of a few lines, over UDP or TLS, which writes exactly what a test says and notes when each answer came. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { eventually, tryFor } from './eventually.ts'

export interface Heard {
  status: number
  /** Milliseconds after the INVITE. */
  atMs: number
  text: string
}

export interface Attempt {
  heard: Heard[]
  /** Waits for the final answer. */
  final(seconds?: number): Promise<Heard>
  /** The final answer, or undefined when none has come within so many seconds, which may be right. */
  outcome(seconds: number): Promise<Heard | undefined>
  /** Waits for this answer. */
  status(status: number, seconds?: number): Promise<Heard>
  cancel(): void
  /** ACK, and any request of the dialog, along the Record-Routes that came with the 200. */
  within(method: string, o?: Within): void
  /** Final answers to requests of the dialog, in order. */
  answers: Heard[]
  /** Requests that came from the other side. */
  requests: string[]
}

/** What differs in a request within the dialog from a correct one. */
export interface Within {
  uri?: string
  /** In the place of those that were recorded. */
  routes?: string[]
  headers?: string[]
  callId?: string
  /** The To with its tag. */
  to?: string
  cseq?: number
  /** By whose connection it goes. Default: that of the call. Its answers are heard there alone. */
  by?: Pick<PlainCaller, 'send'>
}

export interface Invitation {
  /** Host of the Request-URI. Default: the edge. */
  host?: string
  headers?: string[]
  /** Offers plain RTP. */
  isPlain?: boolean
  /** URI of the Contact. Default: where it calls from. */
  contact?: string
  /** Name and address of the From, without its tag. */
  from?: string
  /** Instead of the offer: type and text. */
  body?: { type: string; text: string }
}

export interface PlainCaller {
  invite(number: string, o?: Invitation): Attempt
  send(text: string): void
  close(): void
}

/** How messages go and come. */
interface Wire {
  name: 'UDP' | 'TCP' | 'TLS'
  host: string
  port: number
  send(text: string): void
  close(): void
}

/** @param target where requests go */
export async function startPlainCaller(address: string, target: string, port = 5060): Promise<PlainCaller> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  const caller = createCaller(target, {
    ...{ name: 'UDP', host: address, port: socket.address().port, close: () => socket.close() },
    send: (text) => socket.send(text, port, target),
  })
  socket.on('message', (message) => caller.hear(String(message)))
  return caller
}

/**
 * @param target where requests go, port 5061 by default; its certificate has to be what the options say
 * @param withinMs how long it tries to connect; undefined: as long as the kernel does
 */
export async function startTlsCaller(target: string, tls: ConnectionOptions, withinMs?: number): Promise<PlainCaller> {
  const socket = connect({ port: 5061, ...tls, host: target } as ConnectionOptions)
  socket.on('error', () => {})
  const patience = withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) }
  await once(socket, 'secureConnect', patience).catch((error: unknown) => {
    socket.destroy()
    throw error
  })
  return overStream('TLS', socket, target)
}

/** @param from the address that it calls from */
export async function startPlainTcpCaller(from: string, target: string, port = 5060): Promise<PlainCaller> {
  const socket = connectPlain({ host: target, port, localAddress: from })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return overStream('TCP', socket, target)
}

function overStream(name: 'TCP' | 'TLS', socket: Socket, target: string): PlainCaller {
  const caller = createCaller(target, {
    ...{ name, host: socket.localAddress!, port: socket.localPort!, close: () => socket.destroy() },
    send: (text) => socket.write(text),
  })
  let received = ''
  socket.on('data', (chunk: Buffer) => {
    received += String(chunk)
    for (;;) {
      const end = received.indexOf('\r\n\r\n')
      const length = Number(fieldOf(received.slice(0, Math.max(0, end)), 'Content-Length')) + end + 4
      if (end < 0 || received.length < length) return
      caller.hear(received.slice(0, length))
      received = received.slice(length)
    }
  })
  return caller
}

/** What a caller who insists on encryption offers; nothing is ever sent to that port. */
const OFFER = [
  ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 40000 RTP/SAVP 8 101'],
  ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000'],
  ...[`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${randomBytes(30).toString('base64')}`, ''],
].join('\r\n')

const PLAIN_OFFER = OFFER.replace('RTP/SAVP', 'RTP/AVP').replace(/a=crypto.*\r\n/, '')

/** The same of a pod, whose media an edge takes from nobody else's address. */
export const offerFrom = (address: string, isPlain: boolean) => ({
  type: 'application/sdp',
  text: (isPlain ? PLAIN_OFFER : OFFER).replaceAll('192.0.2.1', address),
})

interface State {
  heard: Heard[]
  answers: Heard[]
  begun: number
  requests: string[]
}

function createCaller(target: string, wire: Wire): PlainCaller & { hear(text: string): void } {
  const attempts = new Map<string, State>()
  return {
    close: wire.close,
    send: wire.send,
    hear(text) {
      const tag = /;tag=([0-9a-f]+)/.exec(fieldOf(text, 'From'))?.[1] ?? ''
      const state = attempts.get(fieldOf(text, 'Call-ID')) ?? attempts.get(tag)
      const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1])
      if (state === undefined) return
      if (Number.isNaN(status)) {
        state.requests.push(text)
        wire.send(okTo(text))
      } else {
        const heard = { status, atMs: performance.now() - state.begun, text }
        if (/^CSeq: 1 INVITE/im.test(text)) state.heard.push(heard)
        else if (status >= 200) state.answers.push(heard)
      }
    },
    invite(number, o = {}) {
      const id = randomBytes(8).toString('hex')
      const state: State = { heard: [], answers: [], begun: performance.now(), requests: [] }
      attempts.set(id, state)
      return place(wire, number, { host: target, ...o }, id, state)
    },
  }
}

function place(wire: Wire, number: string, o: Invitation & { host: string }, id: string, state: State): Attempt {
  const uri = `sip:${number}@${o.host}`
  const self = o.contact ?? `sip:caller@${wire.host}:${wire.port};transport=${wire.name.toLowerCase()}`
  const write = (
    method: string,
    cseq: number,
    how: Omit<Within, 'routes'> & { to?: string; routes?: string; branch?: string },
  ) => {
    const offer = { type: 'application/sdp', text: o.isPlain ? PLAIN_OFFER : OFFER }
    const body = method === 'INVITE' ? (o.body ?? offer) : { type: '', text: '' }
    const lines = [
      `${method} ${how.uri ?? uri} SIP/2.0`,
      `Via: SIP/2.0/${wire.name} ${wire.host}:${wire.port};branch=z9hG4bK${id}${how.branch ?? method}`,
      ...(how.routes ? [how.routes] : []),
      ...(how.headers ?? (method === 'INVITE' ? (o.headers ?? []) : [])),
      `From: ${o.from ?? `<sip:caller@${wire.host}>`};tag=${id}`,
      `To: ${how.to ?? `<${uri}>`}`,
      ...[`Call-ID: ${how.callId ?? id}`, `CSeq: ${cseq} ${method}`, `Contact: <${self}>`, 'Max-Forwards: 70'],
      ...(body.text ? [`Content-Type: ${body.type}`] : []),
      `Content-Length: ${body.text.length}`,
    ]
    ;(how.by ?? wire).send(`${lines.join('\r\n')}\r\n\r\n${body.text}`)
  }
  const waitFor = async (wanted: (status: number) => boolean, seconds: number, wait: typeof tryFor = eventually) => {
    await wait(() => {
      if (!state.heard.some(({ status }) => wanted(status)))
        throw new Error(`no such answer; heard ${state.heard.map(({ status }) => status).join(', ') || 'nothing'}`)
    }, seconds)
    return state.heard.find(({ status }) => wanted(status))!
  }
  const isFinal = (status: number) => status >= 200
  /** Part of the same transaction (RFC 3261 17.1.1.3). */
  const acknowledged = async (answer: Promise<Heard>) => {
    const heard = await answer
    if (heard.status >= 300) write('ACK', 1, { to: fieldOf(heard.text, 'To'), branch: 'INVITE' })
    return heard
  }
  write('INVITE', 1, {})
  return {
    heard: state.heard,
    answers: state.answers,
    requests: state.requests,
    final: (seconds = 10) => acknowledged(waitFor(isFinal, seconds)),
    outcome: (seconds) => acknowledged(waitFor(isFinal, seconds, tryFor)).catch(() => undefined),
    status: (status, seconds = 10) => waitFor((seen) => seen === status, seconds),
    cancel: () => write('CANCEL', 1, { branch: 'INVITE' }),
    within(method, o = {}) {
      const ok = state.heard.find(({ status }) => status === 200)!.text
      const recorded = [...ok.matchAll(/^Record-Route: *(.*?)\r?$/gim)].flatMap(([, value]) => value!.split(/, */))
      const routes = (o.routes ?? recorded.reverse()).map((value) => `Route: ${value}`)
      const contact = /<([^>]*)>/.exec(fieldOf(ok, 'Contact'))![1]!
      const { uri = contact, cseq = method === 'ACK' ? 1 : 2, headers = [] } = o
      const branch = `${method}${cseq}${o.callId ?? ''}`
      write(method, cseq, { ...o, uri, to: o.to ?? fieldOf(ok, 'To'), routes: routes.join('\r\n'), headers, branch })
    },
  }
}

const fieldOf = (text: string, name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(text)?.[1] ?? ''

/** 200 with what has to be copied (RFC 3261 8.2.6.2). */
function okTo(text: string): string {
  const copied = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq|Record-Route):/i.test(line))
  return ['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n')
}
