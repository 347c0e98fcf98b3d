import type { Clock } from '../../runtime/clock.ts'
import type { NextHop, Peer } from '../../telephony/call.ts'

/** An edge probes its pods each second: one that has been silent for so long is gone. */
const FORGET_MS = 30_000
/** One that was heard since then is there. */
const FRESH_MS = 1_300
/** One that was not heard since then serves nobody, if another one was heard so much later. */
const SILENT_MS = 2_000
const LATER_MS = 1_000

/** The edges that spoke with this pod lately, by their addresses: ways out that need nobody's list. */
export interface Edges {
  /** A request came from there. */
  note(peer: Peer): void
  /** Where to call out: by the edge that the call came by, if one action, then by the others, the one heard last first. */
  hops(peer?: Peer): readonly NextHop[]
  /**
   * The address of the edge that serves a call of the edge at `address`: that one, or, when it is silent, the other one that was heard last.
   * Undefined: a moment later it will be clear.
   */
  serving(address: string): string | undefined
}

/**
 * @param o.names one of which an edge's certificate proves
 * @param o.port where edges take calls from pods
 * @param o.plain for tests alone: all calls go there, over UDP
 */
export function createEdges(o: {
  names: readonly string[]
  port: number
  plain: NextHop | undefined
  clock: Clock
}): Edges {
  const heard = new Map<string, number>()
  const isEdge = ({ transport, names }: Peer) => transport === 'TLS' && names.some((name) => o.names.includes(name))
  return {
    note(peer) {
      if (!isEdge(peer)) return
      // Set again, so that the last one heard stands last.
      heard.delete(peer.address)
      heard.set(peer.address, o.clock.monotonic())
    },
    serving(address) {
      const other = [...heard.keys()].reverse().find((edge) => edge !== address)
      if (other === undefined) return address
      const heardAt = heard.get(address) ?? -Infinity
      const silence = o.clock.monotonic() - heardAt
      if (silence <= FRESH_MS) return address
      return silence > SILENT_MS && heard.get(other)! - heardAt > LATER_MS ? other : undefined
    },
    hops(peer) {
      if (o.plain !== undefined) return [o.plain]
      const since = o.clock.monotonic() - FORGET_MS
      for (const [address, at] of heard) if (at < since) heard.delete(address)
      const others = [...heard.keys()].reverse().filter((address) => address !== peer?.address)
      return [...(peer === undefined ? [] : [peer.address]), ...others].map((host) => ({
        transport: 'TLS',
        host,
        port: o.port,
      }))
    },
  }
}
