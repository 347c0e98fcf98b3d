import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Clock } from '../runtime/clock.ts'
import { type Bencoded, encodeBencode, readFirst } from '../wire/bencode.ts'

/** Orders the media relay beside us: `statistics`, `ping`, `offer` ... */
export interface RelayRpc {
  /** Its answer; undefined when none came in time or it is none. Never rejects. */
  ask(order: { readonly command: string; readonly [name: string]: Bencoded }): Promise<Bencoded | undefined>
  close(): void
}

/** Longer than any answer of the relay: it has a description of 16 KiB at most, and statistics. */
const MOST_OCTETS = 1_048_576

/**
 * Speaks rtpengine's control protocol (ng) over one TCP connection, which is opened when it is needed. Media is UDP, so no media socket can
 * reach that port. A connection that leaves a question without an answer is not used again: what comes late would be read in the middle.
 */
export function createRelayRpc(o: { address: string; port: number; clock: Clock; timeoutMs: number }): RelayRpc {
  let line: Line | undefined
  const open = () => (line === undefined || line.isClosed() ? (line = openLine(o)) : line)
  return {
    ask: (order) =>
      new Promise((resolve) => {
        const used = open()
        const cancel = o.clock.after(o.timeoutMs, () => used.close())
        used.ask(order, (answer) => {
          cancel()
          resolve(answer)
        })
      }),
    close: () => line?.close(),
  }
}

interface Line {
  ask(order: Bencoded, then: (answer: Bencoded | undefined) => void): void
  isClosed(): boolean
  close(): void
}

function openLine({ address, port }: { address: string; port: number }): Line {
  const waiting = new Map<string, (answer: Bencoded | undefined) => void>()
  let isClosed = false
  let text = ''
  const socket: Socket = connect({ host: address, port, noDelay: true })
  const close = () => {
    isClosed = true
    socket.destroy()
    for (const then of waiting.values()) then(undefined)
    waiting.clear()
  }
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    text += chunk as unknown as string
    for (let first = readAnswer(text); first !== undefined; first = readAnswer(text)) {
      text = text.slice(first.end)
      waiting.get(first.cookie)?.(first.value)
      waiting.delete(first.cookie)
    }
    if (text.length > MOST_OCTETS) close()
  })
  socket.on('error', close)
  socket.on('close', close)
  return {
    ask(order, then) {
      const cookie = randomUUID()
      waiting.set(cookie, then)
      socket.write(`${cookie} ${encodeBencode(order)}`, 'latin1')
    },
    isClosed: () => isClosed,
    close,
  }
}

/** COOKIE, a space, and a value. */
function readAnswer(text: string): { cookie: string; value: Bencoded; end: number } | undefined {
  const space = text.indexOf(' ')
  if (space < 0) return undefined
  const first = readFirst(text.slice(space + 1))
  return first && { cookie: text.slice(0, space), value: first.value, end: space + 1 + first.end }
}
