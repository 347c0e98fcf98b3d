import { describeBug } from '../../runtime/redacted-error.ts'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { Framer, type Framed } from '../../wire/sip/framer.ts'
import type { Peer } from '../call.ts'
import { provenNames } from '../../pki/peer-names.ts'
import { plainAddress, type Flow, type Receive } from './flow.ts'
import type { TransportLimits } from './limits.ts'

const PING = '\r\n\r\n'
const PONG = '\r\n'
/** How often a connection that we opened is asked whether it lives (RFC 5626 4.4.1 allows 95 to 120 s for streams; a NAT forgets sooner). */
const PING_EVERY_MS = 60_000
/** RFC 5626 4.4.1: no pong within this time, and the flow has failed. */
const PONG_MS = 10_000
/** For the peer to close after our last word on a stream that can't be read on. */
const FAREWELL_MS = 1_000

export interface ConnectionOptions {
  readonly limits: TransportLimits
  readonly clock: Clock
  readonly log: Log
  readonly receive: Receive
  /** The listening port for Via; missing: the socket's own. */
  readonly localPort?: number | undefined
  /** We opened it, so the pings are ours to send. */
  readonly isOurs: boolean
}

/** One TCP or TLS connection: reads its messages until it ends, and writes to it. */
export class Connection implements Flow {
  readonly peer: Peer
  readonly localPort: number
  readonly isReliable = true
  readonly #socket: Socket
  readonly #o: ConnectionOptions
  readonly #framer: Framer
  /** One for each open transaction: too many for an emitter's listeners. */
  readonly #onClose = new Set<() => void>()
  #holders = 0
  #cancelDeadline: (() => void) | undefined
  #cancelPing: (() => void) | undefined
  #cancelPong: (() => void) | undefined

  constructor(socket: Socket, o: ConnectionOptions) {
    this.#socket = socket
    this.#o = o
    this.#framer = new Framer(o.limits.sip)
    this.peer = peerOf(socket)
    this.localPort = o.localPort ?? socket.localPort ?? 0
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    socket.setTimeout(o.limits.idleMs, () => this.#holders === 0 && socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('drain', () => socket.resume())
    socket.on('data', (chunk: Buffer) => this.#guarded(chunk))
    socket.on('close', () => this.#closed())
    if (o.isOurs) this.#schedulePing()
  }

  get isOpen(): boolean {
    return this.#socket.writable
  }

  send(octets: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(octets)
  }

  onClose(task: () => void): () => void {
    if (this.#socket.destroyed) queueMicrotask(task)
    else this.#onClose.add(task)
    return () => this.#onClose.delete(task)
  }

  hold(): () => void {
    this.#holders++
    let isHeld = true
    return () => {
      if (isHeld) this.#holders--
      isHeld = false
    }
  }

  #closed(): void {
    for (const task of this.#onClose) task()
    this.#cancelDeadline?.()
    this.#cancelPing?.()
    this.#cancelPong?.()
  }

  #schedulePing(): void {
    this.#cancelPing = this.#o.clock.after(PING_EVERY_MS, () => {
      this.#schedulePing()
      if (this.#holders === 0) return
      this.send(Buffer.from(PING))
      this.#cancelPong ??= this.#o.clock.after(PONG_MS, () => this.#socket.destroy())
    })
  }

  #guarded(chunk: Buffer): void {
    try {
      this.#take(chunk)
    } catch (error) {
      // A bug of ours may cost the peer its connection, but not the pod its calls.
      this.#o.log.error(describeBug(error), 'a message could not be handled; its connection is closed')
      this.#socket.destroy()
    }
  }

  #take(chunk: Buffer): void {
    // Anything is a sign of life: some peers know no pong.
    this.#cancelPong?.()
    this.#cancelPong = undefined
    const framed = this.#framer.push(chunk)
    for (const one of framed) this.#handle(one)
    this.#watchDeadline(framed.length > 0)
    if (this.#socket.writableLength > this.#o.limits.unsentOctets) this.#socket.pause()
  }

  #handle(framed: Framed): void {
    if (framed.kind === 'pong') return
    if (framed.kind === 'ping') return this.send(Buffer.from(PONG))
    this.#o.receive(framed, this)
    if (framed.kind !== 'fault') return
    // Where the next message begins is not known any more (RFC 3261 18.3; RFC 4475 3.1.2.3 and 3.3.9).
    this.#socket.end()
    this.#cancelDeadline?.()
    this.#cancelDeadline = this.#o.clock.after(FAREWELL_MS, () => this.#socket.destroy())
  }

  #watchDeadline(progressed: boolean): void {
    if (this.#socket.writableEnded) return
    if (progressed || !this.#framer.midway) {
      this.#cancelDeadline?.()
      this.#cancelDeadline = undefined
    }
    if (!this.#framer.midway) return
    this.#cancelDeadline ??= this.#o.clock.after(this.#o.limits.messageMs, () => this.#socket.destroy())
  }
}

function peerOf(socket: Socket): Peer {
  const isSecure = socket instanceof TLSSocket
  return {
    transport: isSecure ? 'TLS' : 'TCP',
    address: plainAddress(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    names: isSecure ? provenNames(socket.getPeerX509Certificate()?.subjectAltName) : [],
  }
}
