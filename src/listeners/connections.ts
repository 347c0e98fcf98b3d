import type { Socket } from 'node:net'
import type { Clock } from '../runtime/clock.ts'
import { FairRate } from './fair-rate.ts'

/** What strangers may cost a listener in connections. An address is one source: a pod, a node, a proxy. */
export interface ConnectionLimits {
  readonly connections: number
  readonly connectionsPerAddress: number
  /** New connections a second, of all addresses, shared fairly, and of one. What is more is closed before it costs a handshake. */
  readonly newPerSecond: number
  readonly newPerSecondPerAddress: number
}

/** How long an address opens no connection whose peer did what no client does and what costs much. */
const BANISHED_MS = 10_000
/** More banished addresses than this are forgotten. */
const MOST_BANISHED = 10_000

/** In the order in which connections give way: in its handshake, without a request, with one. */
const STAGES = ['handshake', 'idle', 'busy'] as const
export type Stage = (typeof STAGES)[number]

/** One connection that was admitted. */
export interface Admitted {
  readonly address: string
  readonly socket: Socket
  stage: Stage
  /** When the stage began, of the clock. Milliseconds. */
  since: number
  /** That are being answered on it. */
  requests: number
  /** The peer has shown a certificate that is trusted here. */
  isProven: boolean
}

/** Why connections were reset, and how often. */
export interface Refusals {
  rate: number
  full: number
  gaveWay: number
}

/**
 * Who may be connected. A newcomer always gets in while somebody else has more than it: when an address has its share, its own weakest
 * connection gives way; when the listener is full, the weakest of the address that has most. Peers that have proved who they are give way after all
 * others, and never in the middle of a request; where only such are left, the newcomer is refused.
 */
export class Connections {
  readonly refusals: Refusals = { rate: 0, full: 0, gaveWay: 0 }
  readonly #limits: ConnectionLimits
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #rate: FairRate
  /** Of each address in the order of their last progress. */
  readonly #byAddress = new Map<string, Set<Admitted>>()
  readonly #banished = new Map<string, number>()
  #size = 0

  constructor(limits: ConnectionLimits, clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits
    this.#clock = clock
    this.#rate = new FairRate({ together: limits.newPerSecond, perAddress: limits.newPerSecondPerAddress }, clock)
  }

  get size(): number {
    return this.#size
  }

  *all(): Generator<Admitted> {
    for (const own of this.#byAddress.values()) yield* own
  }

  /** Whether an address comes too often. Asked before a connection has become a socket, since that is what a flood costs. */
  isTooFast(address: string): boolean {
    const isAllowed = (this.#banished.get(address) ?? 0) <= this.#clock.monotonic() && this.#rate.take(address)
    if (!isAllowed) this.refusals.rate++
    return !isAllowed
  }

  /** Undefined: the connection was refused, and is reset. Else it counts until it closes. */
  admit(socket: Socket): Admitted | undefined {
    // A socket of the file system has no address: all its peers are one source.
    const address = socket.remoteAddress ?? ''
    const own = this.#byAddress.get(address)?.size ?? 0
    if (own >= this.#limits.connectionsPerAddress) {
      const victim = weakest(this.#byAddress.get(address)!, false) ?? weakest(this.#byAddress.get(address)!, true)
      if (victim === undefined) return this.#refuse(socket)
      this.#giveWay(victim)
    } else if (this.#size >= this.#limits.connections) {
      const victim = this.#weakestOfHeaviest(false, 0) ?? this.#weakestOfHeaviest(true, own + 1)
      if (victim === undefined) return this.#refuse(socket)
      this.#giveWay(victim)
    }
    return this.#take(address, socket)
  }

  /** Ends the connection and all of its address that prove nothing, and takes no other from there for a while. */
  banish({ address, socket }: Admitted): void {
    if (this.#banished.size >= MOST_BANISHED) this.#banished.clear()
    this.#banished.set(address, this.#clock.monotonic() + BANISHED_MS)
    socket.resetAndDestroy()
    for (const each of this.#byAddress.get(address) ?? []) if (!each.isProven) each.socket.resetAndDestroy()
  }

  /** Notes that the connection got somewhere: it is the youngest of its address from now on. */
  progress(admitted: Admitted, stage: Stage): void {
    const own = this.#byAddress.get(admitted.address)
    admitted.stage = stage
    admitted.since = this.#clock.monotonic()
    if (own?.delete(admitted) === true) own.add(admitted)
  }

  #take(address: string, socket: Socket): Admitted {
    const since = this.#clock.monotonic()
    const admitted: Admitted = { address, socket, stage: 'handshake', since, requests: 0, isProven: false }
    const own = this.#byAddress.get(address) ?? new Set()
    this.#byAddress.set(address, own.add(admitted))
    this.#size++
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#forget(admitted))
    return admitted
  }

  #forget(admitted: Admitted): void {
    const own = this.#byAddress.get(admitted.address)
    if (own?.delete(admitted) !== true) return
    this.#size--
    if (own.size === 0) this.#byAddress.delete(admitted.address)
  }

  #giveWay(victim: Admitted): void {
    this.refusals.gaveWay++
    this.#forget(victim)
    victim.socket.resetAndDestroy()
  }

  #refuse(socket: Socket): undefined {
    this.refusals.full++
    // Without a word: a reset leaves nothing in TIME_WAIT here.
    socket.on('error', () => {})
    socket.resetAndDestroy()
    return undefined
  }

  #weakestOfHeaviest(isProven: boolean, moreThan: number): Admitted | undefined {
    let [most, found] = [moreThan, undefined as Admitted | undefined]
    for (const own of this.#byAddress.values()) {
      if (own.size < most || (own.size === most && isProven)) continue
      const victim = weakest(own, isProven)
      if (victim === undefined) continue
      if (own.size > most || found === undefined || isWeaker(victim, found)) found = victim
      most = own.size
    }
    return found
  }
}

function weakest(own: Iterable<Admitted>, isProven: boolean): Admitted | undefined {
  let found: Admitted | undefined
  for (const each of own) {
    if (each.isProven !== isProven || (isProven && each.stage === 'busy')) continue
    if (each.stage === 'handshake') return each
    if (found === undefined || STAGES.indexOf(each.stage) < STAGES.indexOf(found.stage)) found = each
  }
  return found
}

function isWeaker(one: Admitted, other: Admitted): boolean {
  const [a, b] = [STAGES.indexOf(one.stage), STAGES.indexOf(other.stage)]
  return a < b || (a === b && one.since < other.since)
}
