/** A SIP caller over UDP of a few lines, which writes exactly what a test says and notes when each answer came. */
import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { eventually } from './eventually.ts'

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
  /** Waits for this answer. */
  status(status: number, seconds?: number): Promise<Heard>
  cancel(): void
  /** ACK, and any request of the dialog, along the Record-Routes that came with the 200. */
  within(method: 'ACK' | 'BYE', change?: (text: string) => string): void
  /** Requests that came from the other side. */
  requests: string[]
}

export interface PlainCaller {
  port: number
  invite(number: string, change?: (text: string) => string): Attempt
  close(): void
}

/** @param target where requests go, port 5060 */
export async function startPlainCaller(address: string, target: string): Promise<PlainCaller> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  const { port } = socket.address()
  const attempts = new Map<string, { heard: Heard[]; begun: number; requests: string[] }>()
  socket.on('message', (message) => {
    const text = String(message)
    const attempt = attempts.get(fieldOf(text, 'Call-ID'))
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1])
    if (attempt === undefined) return
    if (Number.isNaN(status)) {
      attempt.requests.push(text)
      return void socket.send(okTo(text), 5060, target)
    }
    if (/^CSeq: 1 INVITE/im.test(text)) attempt.heard.push({ status, atMs: performance.now() - attempt.begun, text })
  })
  return {
    port,
    close: () => socket.close(),
    invite(number, change = (text) => text) {
      const id = randomBytes(8).toString('hex')
      const state = { heard: [] as Heard[], begun: performance.now(), requests: [] as string[] }
      attempts.set(id, state)
      const send = (text: string) => socket.send(text.replaceAll('\n', '\r\n'), 5060, target)
      const to = `<sip:${number}@${target}>`
      const request = (method: string, cseq: string, uri: string, toText: string, more = '', branch = method) =>
        `${method} ${uri} SIP/2.0\nVia: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${id}${branch}\n${more}From: <sip:caller@${address}:${port}>;tag=${id}\n` +
        `To: ${toText}\nCall-ID: ${id}\nCSeq: ${cseq}\nContact: <sip:caller@${address}:${port}>\nMax-Forwards: 70\nContent-Length: 0\n\n`
      const uri = `sip:${number}@${target}`
      send(change(request('INVITE', '1 INVITE', uri, to)))
      const status = async (wanted: (status: number) => boolean, seconds: number) => {
        await eventually(() => {
          if (!state.heard.some((heard) => wanted(heard.status)))
            throw new Error(`no such answer; heard ${state.heard.map((heard) => heard.status).join(', ') || 'nothing'}`)
        }, seconds)
        return state.heard.find((heard) => wanted(heard.status))!
      }
      return {
        heard: state.heard,
        requests: state.requests,
        async final(seconds = 10) {
          const heard = await status((code) => code >= 200, seconds)
          if (heard.status >= 300) send(request('ACK', '1 ACK', uri, fieldOf(heard.text, 'To'), '', 'INVITE')) // RFC 3261 17.1.1.3
          return heard
        },
        status: (code, seconds = 10) => status((seen) => seen === code, seconds),
        cancel: () => send(request('CANCEL', '1 CANCEL', uri, to, '', 'INVITE')),
        within(method, edit = (text) => text) {
          const ok = state.heard.find((heard) => heard.status === 200)!
          const routes = [...ok.text.matchAll(/^Record-Route: *(.*?)\r?$/gim)].map(([, value]) => value!).reverse()
          const split = routes.flatMap((value) => value.split(/, */).reverse())
          const contact = /<([^>]*)>/.exec(fieldOf(ok.text, 'Contact'))![1]!
          const route = split.map((value) => `Route: ${value}\n`).join('')
          send(edit(request(method, `${method === 'ACK' ? 1 : 2} ${method}`, contact, fieldOf(ok.text, 'To'), route)))
        },
      }
    },
  }
}

const fieldOf = (text: string, name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(text)?.[1] ?? ''

/** 200 with what has to be copied (RFC 3261 8.2.6.2). */
function okTo(text: string): string {
  const copied = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq|Record-Route):/i.test(line))
  return ['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n')
}
