/** What callers heard, by the packets at their ports: whoever sent them. */
import type { Packet } from '../../hack/calls/pcap.ts'
import { isRtp } from '../../hack/calls/rtp-judge.ts'

export interface HeardVoice {
  /** Seconds, of each packet. */
  times: number[]
  /** Addresses that it came from. */
  from: Set<string>
}

/** What came to each port of an address. */
export function voicesAt(address: string, packets: Iterable<Packet>): HeardVoice[] {
  const byPort = new Map<string, HeardVoice>()
  for (const packet of packets) {
    if (!isRtp(packet) || !packet.to.startsWith(`${address}:`)) continue
    const voice = byPort.get(packet.to) ?? { times: [], from: new Set<string>() }
    byPort.set(packet.to, voice)
    voice.times.push(packet.at)
    voice.from.add(packet.from.split(':')[0]!)
  }
  return [...byPort.values()]
}

/** Milliseconds. */
export const longestSilence = ({ times }: HeardVoice) =>
  1_000 * times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0)
