/** What is in the media that a capture has: seconds of sound, stream by stream. Pure. */
import { join } from '../../hack/calls/sound.ts'
import { noActivity, withFrame } from '../../hack/calls/sound-activity.ts'
import type { Packet } from '../../hack/calls/pcap.ts'
import { isRtp } from '../../hack/calls/rtp-judge.ts'
import { laws } from '../../src/wire/codec/g711.ts'
import { emptyRtpHeader, readRtp } from '../../src/wire/rtp/packet.ts'
import type { SrtpReceiver } from '../../src/wire/srtp/receiver.ts'

const PCMA = 8
const FRAME = 160

/** A frame of sound that came to somebody. */
export interface HeardFrame {
  /** Seconds since 1970. */
  at: number
  from: string
  to: string
  ssrc: number
  samples: Int16Array
}

/**
 * Frames of A-law.
 * @param receiver opens SRTP; what it does not open is left out
 */
export function* framesIn(packets: Iterable<Packet>, receiver?: SrtpReceiver): Generator<HeardFrame> {
  const header = emptyRtpHeader()
  for (const packet of packets) {
    const { payload, at, from, to } = packet
    if (!isRtp(packet) || !readRtp(payload, payload.length, header) || header.payloadType !== PCMA) continue
    if (receiver !== undefined && receiver.unprotect(payload, header) !== 'authentic') continue
    yield {
      at,
      from,
      to,
      ssrc: header.ssrc,
      samples: linearAlaw(payload.subarray(header.payloadStart, header.payloadEnd)),
    }
  }
}

export const linearAlaw = (octets: Uint8Array) => Int16Array.from(octets, (octet) => laws.PCMA.linear[octet]!)

/** Seconds with sound in them. */
export function soundSeconds(samples: Int16Array): number {
  let heard = noActivity
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) heard = withFrame(heard, samples.subarray(at, at + FRAME))
  return heard.soundSeconds
}

/** Seconds with sound in each stream: of what one sender sends to one port with one SSRC. */
export const soundOfStreams = (frames: readonly HeardFrame[]): number[] =>
  [...Map.groupBy(frames, ({ from, to, ssrc }) => `${from} ${to} ${ssrc}`).values()].map((stream) =>
    soundSeconds(join(...stream.map(({ samples }) => samples))),
  )
