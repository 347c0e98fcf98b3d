import type { TLSSocket } from 'node:tls'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { Framer, type Framed } from '../wire/sip/framer.ts'
import type { SipLimits } from '../wire/sip/limits.ts'
import type { SipFault, SipRequest, SipResponse } from '../wire/sip/message.ts'
import { serialise } from '../wire/sip/serialise.ts'
import type { Source } from './respond.ts'

/** Answers a request, or a message that is none but can be answered; undefined: no answer. */
export type Answer = (received: SipRequest | SipFault, source: Source) => SipResponse | undefined

export interface ConnectionLimits {
  readonly sip: SipLimits
  /** A message must be whole this long after its first octet. */
  readonly messageMs: number
  /** Without a word for this long the connection is closed; keep-alives count as words. */
  readonly idleMs: number
  /** Octets that may wait to be sent before we stop reading from a peer that doesn't read. */
  readonly unsentOctets: number
}

const CRLF = '\r\n'

/** Serves the requests of one connection until it ends. */
export function serveConnection(
  socket: TLSSocket,
  { limits, clock, log, answer }: { limits: ConnectionLimits; clock: Clock; log: Log; answer: Answer },
): void {
  const framer = new Framer(limits.sip)
  const source: Source = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 }
  let cancelDeadline: (() => void) | undefined

  socket.setNoDelay(true)
  socket.setTimeout(limits.idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('close', () => cancelDeadline?.())
  socket.on('drain', () => socket.resume())
  socket.on('data', (chunk: Buffer) => {
    try {
      receive(chunk)
    } catch (error) {
      // A bug of ours may cost the peer its connection, but not the pod its calls.
      log.error({ error: String(error) }, 'a message could not be handled; its connection is closed')
      socket.destroy()
    }
  })

  function receive(chunk: Buffer): void {
    const framed = framer.push(chunk)
    for (const one of framed) handle(one)
    watchDeadline(framed.length > 0)
    if (socket.writableLength > limits.unsentOctets) socket.pause()
  }

  function handle(framed: Framed): void {
    if (framed.kind === 'ping') socket.write(CRLF)
    if (framed.kind === 'request') send(answer(framed, source))
    if (framed.kind !== 'fault') return
    // Where the next message begins is not known any more (RFC 3261 18.3; RFC 4475 3.1.2.3 and 3.3.9).
    send(answer(framed, source))
    socket.end()
    cancelDeadline?.()
    cancelDeadline = clock.after(1_000, () => socket.destroy())
  }

  function send(response: SipResponse | undefined): void {
    if (response !== undefined && socket.writable) socket.write(serialise(response))
  }

  function watchDeadline(progressed: boolean): void {
    if (socket.writableEnded) return
    if (progressed || !framer.midway) {
      cancelDeadline?.()
      cancelDeadline = undefined
    }
    if (framer.midway) cancelDeadline ??= clock.after(limits.messageMs, () => socket.destroy())
  }
}

/** An IPv4 address without the IPv6 coat that a dual-stack socket gives it. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}
