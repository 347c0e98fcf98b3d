import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startCapture, stopComplete } from '../../../hack/calls/capture.ts'
import { packetsIn } from '../../../hack/calls/pcap.ts'
import { faultOf, type Known } from './judge.ts'
import { EDGE, PUBLIC, REAL_POD } from './sites.ts'

/** A packet that should not have been sent. */
export interface Strayed {
  /** Seconds since 1970. */
  readonly at: number
  readonly fault: string
}

/** Captures all UDP of the edge and of the real pod. @returns what ends it, and says which packets strayed, one of each kind */
export async function watchWire(
  folder: string,
  known: Known,
): Promise<() => Promise<{ packets: number; strayed: Strayed[] }>> {
  const file = join(folder, `wire-${process.hrtime.bigint()}.pcap`)
  const filter = `udp and (src host ${EDGE} or src host ${PUBLIC} or src host ${REAL_POD})`
  const capture = await startCapture({ file, networkInterface: 'lo', filter, snapLength: 64 })
  return async () => {
    await stopComplete(capture)
    const strayed = new Map<string, Strayed>()
    let packets = 0
    for (const packet of packetsIn(file)) {
      packets++
      if (packet.protocol !== 'udp') continue
      const fault = faultOf(packet, known)
      if (fault !== undefined && !strayed.has(fault)) strayed.set(fault, { at: packet.at, fault })
    }
    rmSync(file)
    return { packets, strayed: [...strayed.values()] }
  }
}
