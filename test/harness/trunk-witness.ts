/** Who asked which trunk, and which trunk rang: read off the wire between edges and trunks of plain TCP, outside the system. */
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn, type Packet } from '../../hack/calls/pcap.ts'
import { host } from '../../hack/cluster/settings.ts'
import type { ClientTrunk } from './client-trunks.ts'

/** What happened first of each kind, in seconds since 1970. */
export interface SeenTry {
  invited?: number
  /** 180. */
  rang?: number
  cancelled?: number
}

/** One call, by its Call-ID: what it had to do with each trunk, by its name. */
export type SeenCall = Readonly<Partial<Record<string, SeenTry>>>

export interface TrunkWitness {
  /** @throws when packets were missed: the count would prove nothing */
  stop(): Promise<SeenCall[]>
}

/** Resolves when it sees. @param file where the packets go */
export async function watchTrunks(file: string, trunks: readonly ClientTrunk[]): Promise<TrunkWitness> {
  const ports = trunks.map(({ port }) => `port ${port}`).join(' or ')
  const filter = `tcp and host ${host.address} and (${ports})`
  const capture = await startCapture({ file, networkInterface: host.link, filter })
  return {
    async stop() {
      await stopComplete(capture)
      return callsIn(packetsIn(file), trunks)
    },
  }
}

/**
 * A trunk that was given up before it said a word can't be cancelled yet (RFC 3261 9.1): when it rings late, it is cancelled at once,
 * and counts as not rung.
 */
const TAKEN_BACK_SECONDS = 0.5

/** The names of the trunks at which the call rang. */
export const rungBy = (call: SeenCall): string[] => trunksWhere(call, (seen) => isRung(seen) && !isTakenBack(seen))

/** The names of the trunks that rang too late, and were cancelled at once. */
export const rungLate = (call: SeenCall): string[] => trunksWhere(call, (seen) => isRung(seen) && isTakenBack(seen))

/**
 * Seconds from the primary's INVITE to the backup's, for each call that the backup got. 0 for a call that never asked the primary: an
 * edge that has no connection to it, or holds it for down, waits for nothing.
 */
export const failoverSeconds = (calls: readonly SeenCall[], primary: ClientTrunk, backup: ClientTrunk): number[] =>
  calls.flatMap((call) => {
    const [from, to] = [call[primary.name]?.invited, call[backup.name]?.invited]
    return to === undefined ? [] : [to - (from ?? to)]
  })

/** How many calls of the backup had asked the primary before. */
export const askedFirst = (calls: readonly SeenCall[], primary: ClientTrunk, backup: ClientTrunk): number =>
  calls.filter((call) => call[primary.name]?.invited !== undefined && call[backup.name]?.invited !== undefined).length

const isRung = ({ rang }: SeenTry) => rang !== undefined
const isTakenBack = ({ rang, cancelled }: SeenTry) =>
  rang !== undefined && cancelled !== undefined && cancelled - rang < TAKEN_BACK_SECONDS

const trunksWhere = (call: SeenCall, holds: (seen: SeenTry) => boolean) =>
  Object.entries(call).flatMap(([trunk, seen]) => (seen !== undefined && holds(seen) ? [trunk] : []))

function callsIn(packets: Iterable<Packet>, trunks: readonly ClientTrunk[]): SeenCall[] {
  const names = new Map(trunks.map(({ port, name }) => [`${host.address}:${port}`, name]))
  const calls = new Map<string, Partial<Record<string, SeenTry>>>()
  for (const { at, from, to, text } of headsIn(packets)) {
    const trunk = names.get(to) ?? names.get(from)
    const what = kindOf(text)
    const id = /^Call-ID: *(\S+)/im.exec(text)?.[1]
    if (trunk === undefined || what === undefined || id === undefined) continue
    const call = calls.get(id) ?? {}
    const seen = (call[trunk] ??= {})
    seen[what] ??= at
    calls.set(id, call)
  }
  return [...calls.values()]
}

function kindOf(text: string): keyof SeenTry | undefined {
  const [, method, status] = /(INVITE|CANCEL) sip:\S+ SIP\/2\.0\r\n|SIP\/2\.0 (180) /.exec(text) ?? []
  if (status !== undefined) return 'rang'
  return method === 'INVITE' ? 'invited' : method === 'CANCEL' ? 'cancelled' : undefined
}

/**
 * The head of each message, with what was left of the body before it. A segment may hold several messages, and a message may take
 * several segments; sent twice or out of order is none on this short wire.
 */
function* headsIn(packets: Iterable<Packet>): Generator<Pick<Packet, 'at' | 'from' | 'to'> & { text: string }> {
  const rests = new Map<string, string>()
  for (const { at, from, to, payload } of packets) {
    const flow = `${from} ${to}`
    const heads = `${rests.get(flow) ?? ''}${payload.toString('latin1')}`.split('\r\n\r\n')
    rests.set(flow, heads.pop()!)
    for (const text of heads) yield { at, from, to, text }
  }
}
