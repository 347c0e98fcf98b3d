import type { Clock } from '../../runtime/clock.ts'
import type { Cidr } from '../../lib/ip-address.ts'
import type { Log } from '../../runtime/log.ts'
import type { Codec, MediaPolicy } from '../../wire/sdp/policy.ts'
import type { Suite } from '../../wire/srtp/suites.ts'

/** What a call's owner wants to know. A handler must not throw; what it throws is logged and costs the call nothing. */
export interface MediaHandlers {
  /**
   * Once a tick (20 ms), whether a packet came or not. `frame` holds 160 samples of 8 kHz, linear, 16 bit; it is used again for the
   * next one: copy what is kept. The place to call `send` from.
   */
  onFrame(frame: Int16Array, info: FrameInfo): void
  /** A key is pressed (RFC 4733): `0`-`9`, `*`, `#`, `A`-`D`. Once a press. */
  onDtmf?(digit: string): void
  /** Nothing valid came for `inactivityMs`, although the other side should be sending. Once, until something comes again. */
  onInactive?(): void
  /** The other side ended its stream with an RTCP BYE. SIP has the last word on whether the call is over. */
  onBye?(): void
}

export interface FrameInfo {
  /** Number of the tick since the session was started. */
  readonly tick: number
  /** Voice: as it was sent. Concealed: at least a part is our guess at what was lost. Silence: nothing was sent, or keys are pressed. */
  readonly kind: 'Voice' | 'Concealed' | 'Silence'
}

export interface MediaOptions {
  /** The address that goes into SDP and that the sockets are bound to: the pod's own, IPv4 or IPv6. */
  readonly address: string
  /** UDP ports, both ends included. A call takes an even one and the odd one after it (RFC 3550 11). */
  readonly ports: { readonly from: number; readonly to: number }
  /** Where no media is sent to, besides what leads to no other host; and, if not empty, the only ranges to which it is. */
  readonly denied?: readonly Cidr[]
  readonly allowed?: readonly Cidr[]
  /** What else decides where media is sent to. */
  readonly admits?: (address: readonly number[]) => boolean
  /** Milliseconds without a valid packet after which `onInactive` is called. */
  readonly inactivityMs?: number
  readonly clock: Clock
  readonly log: Log
  /** Octets that can't be guessed: keys, SSRCs and what else must not be. Default: `randomOctets`. */
  readonly random?: (octets: number) => Buffer
}

/** An offer, or an answer, that can't be had. Goes into a SIP response as it is; the texts are ours. */
export interface MediaRefusal {
  readonly kind: 'refused'
  /** 400: not SDP. 488: nothing in it that the policy allows (RFC 3264 6). 503: no port is free. */
  readonly status: 400 | 488 | 503
  /** For a Warning header: a warn-code of RFC 3261 20.43. */
  readonly warning: number
  readonly because: string
}

/** Brings the media of one process. One for all calls: they share a ticker and the ports. */
export interface Media {
  /** Answers an offer. The session is open, but neither sends nor hands frames over before `start`. */
  answer(offer: Uint8Array, policy: MediaPolicy, handlers: MediaHandlers): Promise<MediaAnswer | MediaRefusal>
  /** Makes an offer, for calls that we place and for an INVITE without one. `session.complete` takes the answer. */
  offer(policy: MediaPolicy, handlers: MediaHandlers): Promise<MediaOffer | MediaRefusal>
  /** Sessions that are open. */
  readonly sessions: number
  /** How well the 20 ms are kept, for metrics. */
  pace(): PaceStatistics
  /** Closes every session and ends the ticker. */
  close(): Promise<void>
}

export interface MediaAnswer {
  readonly kind: 'answered'
  readonly session: MediaSession
  /** application/sdp */
  readonly body: Buffer
}

export interface MediaOffer {
  readonly kind: 'offered'
  readonly session: MediaSession
  /** application/sdp */
  readonly body: Buffer
}

export interface MediaSession {
  /** Undefined until an offer of ours is answered. */
  readonly codec: Codec | undefined
  /** How the stream is protected; undefined: it is plain RTP. */
  readonly suite: Suite | undefined
  /** Keys come, and go, as packets of their own (RFC 4733): what sounds like one in the audio is none. */
  readonly takesEvents: boolean
  /** The other side put us on hold: it does not listen. */
  readonly isHeld: boolean
  /** Media flows from now on. Call it when the 200 goes out, or when the answer came. */
  start(): void
  /** The frame (160 samples) that goes out with this tick; undefined, or no call at all: silence goes out. The last one before the tick counts. */
  send(frame: Int16Array | undefined): void
  /**
   * From within `onFrame`: the packet of this tick waits for `send`, which sends it at once. After 10 ms `onExpired` is called and the packet
   * goes out with silence, so what follows keeps its time.
   */
  delay(onExpired: () => void): void
  /** Presses keys, one after the other, 100 ms each (RFC 4733); audio waits meanwhile. False: the other side does not take them. */
  sendDtmf(digits: string): boolean
  /** Takes the answer to our offer (200, or the ACK of an INVITE without offer). */
  complete(answer: Uint8Array): MediaRefusal | undefined
  /** Answers a new offer in the dialog (re-INVITE, UPDATE). After a refusal all is as it was. */
  reanswer(offer: Uint8Array): { readonly kind: 'answered'; readonly body: Buffer } | MediaRefusal
  /** The offer in the answer to a re-INVITE that has none. `complete` takes its answer. */
  reoffer(): Buffer
  statistics(): MediaStatistics
  /** Says BYE by RTCP, and gives the ports back. */
  close(): Promise<void>
}

/** Counts since the session was opened, and what is true now. Nothing personal. */
export interface MediaStatistics {
  readonly sentPackets: number
  readonly sentOctets: number
  readonly receivedPackets: number
  readonly receivedOctets: number
  /** By sequence number (RFC 3550 A.3); negative when packets came twice. */
  readonly lostPackets: number
  /** Came after their turn to be played. */
  readonly latePackets: number
  /** Milliseconds of audio that were guessed. */
  readonly concealedMs: number
  /** Interarrival jitter (RFC 3550 A.8), milliseconds. */
  readonly jitterMs: number
  /** How much audio waits in the jitter buffer, milliseconds. */
  readonly bufferedMs: number
  /** Packets that were not let in, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>
  /** Of packets that could not be sent. */
  readonly sendFailures: number
  /** From RTCP, milliseconds; undefined: not known yet. */
  readonly roundTripMs: number | undefined
  /** What the other side lost of ours, 0 to 1, and its jitter in milliseconds, by its last report. */
  readonly remote: { readonly fractionLost: number; readonly jitterMs: number } | undefined
}

export const dropReasons = [
  'malformed',
  'foreignSource',
  'unauthenticated',
  'replayed',
  'foreignSsrc',
  'notValidated',
  'payloadType',
  'keyExpired',
  'notExpected',
] as const
export type DropReason = (typeof dropReasons)[number]

export interface PaceStatistics {
  readonly ticks: number
  /** Ticks that a stall cost: nothing went out for them. */
  readonly skipped: number
  /** How much the time by ticks differs from the monotonic clock since the start, as a share of it (0.0005 is 0.05 %). */
  readonly clockError: number
  /** The latest tick so far, milliseconds after it was due; and of 99 % of the last 1,000. */
  readonly worstLateMs: number
  readonly p99LateMs: number
}
