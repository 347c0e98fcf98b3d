/** How long after a caller's last sound the bot's first one comes, read from a capture of plain RTP in A-law. Pure. */
import { isRtp } from '../../hack/calls/rtp-judge.ts'
import type { Packet } from '../../hack/calls/pcap.ts'
import { laws } from '../../src/wire/codec/g711.ts'

/** Root mean square of a frame with a voice in it. */
const LOUD = 300
const HEADER = 12
/** Shorter pauses lie inside of an utterance, the caller's or the bot's; nobody answers within one. */
const PAUSE_SECONDS = 0.3
/** What comes later than this after the caller's last word is no answer to it. */
const LONGEST_SECONDS = 10

interface Call {
  callerEnded: number
  botEnded: number
}

/**
 * Seconds from the end of each of the callers' utterances to the bot's first sound.
 * @param isBot by address and port: whether the packet comes from the bot
 */
export function turnLatencies(packets: Iterable<Packet>, isBot: (address: string) => boolean): number[] {
  const calls = new Map<string, Call>()
  const latencies: number[] = []
  for (const packet of packets) {
    if (!isRtp(packet) || (packet.payload[1]! & 0x7f) !== 8 || !isLoud(packet.payload.subarray(HEADER))) continue
    const fromBot = isBot(packet.from)
    const caller = fromBot ? packet.to : packet.from
    const call = calls.get(caller) ?? { callerEnded: 0, botEnded: 0 }
    calls.set(caller, call)
    if (fromBot) {
      const latency = packet.at - call.callerEnded
      const isAnswer = call.callerEnded > call.botEnded && latency > PAUSE_SECONDS && latency < LONGEST_SECONDS
      if (isAnswer) latencies.push(latency)
      call.botEnded = packet.at
    } else call.callerEnded = packet.at
  }
  return latencies
}

/** Packets among which the earliest is found: a second. Over longer the sender's clock and the witness's differ too much. */
const TOGETHER = 50
const SAMPLES_PER_MS = 8

/**
 * How late packets are sent, milliseconds, beside the earliest of the second that they are in: the bot can't hear what was not sent.
 * @param isBot by address and port: whether the packet comes from the bot, whose packets are not counted
 */
export function lateness(packets: Iterable<Packet>, isBot: (address: string) => boolean): number[] {
  const seconds = new Map<string, number[]>()
  const late: number[] = []
  for (const packet of packets) {
    if (!isRtp(packet) || isBot(packet.from)) continue
    const offset = packet.at * 1000 - packet.payload.readUInt32BE(4) / SAMPLES_PER_MS
    const offsets = seconds.get(packet.from) ?? []
    seconds.set(packet.from, offsets)
    offsets.push(offset)
    if (offsets.length < TOGETHER) continue
    const earliest = Math.min(...offsets)
    late.push(...offsets.map((each) => each - earliest))
    seconds.delete(packet.from)
  }
  return late
}

function isLoud(payload: Buffer): boolean {
  let sum = 0
  for (const octet of payload) sum += laws.PCMA.linear[octet]! ** 2
  return Math.sqrt(sum / Math.max(1, payload.length)) > LOUD
}
