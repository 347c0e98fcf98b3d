import { describeBug } from '../../runtime/redacted-error.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { makeKey } from '../../wire/sdp/crypto.ts'
import { agreeWith, answerTo, offeredSuites, offerOf, type Local, type OurOffer } from '../../wire/sdp/offer-answer.ts'
import type { Direction } from '../../wire/sdp/audio.ts'
import { chooseFrom, type Agreement } from '../../wire/sdp/negotiate.ts'
import type { Codec, MediaPolicy } from '../../wire/sdp/policy.ts'
import { readSdp } from '../../wire/sdp/read.ts'
import type { Reach } from '../../wire/sdp/address-policy.ts'
import type { Sdp } from '../../wire/sdp/sdp.ts'
import { writeSdp } from '../../wire/sdp/write.ts'
import type { MasterKey, Suite } from '../../wire/srtp/suites.ts'
import type { LaneMembership, MediaLanes } from './tick-lanes.ts'
import type { Receive } from './udp-sockets.ts'
import { Stream, type StreamSockets } from './stream.ts'
import type { MediaHandlers, MediaRefusal, MediaSession, MediaStatistics } from './types.ts'

export interface SessionParts {
  readonly policy: MediaPolicy
  readonly handlers: MediaHandlers
  readonly address: string
  readonly reach: Reach
  readonly port: number
  readonly inactivityMs: number
  readonly clock: Clock
  readonly log: Log
  readonly random: (octets: number) => Buffer
  readonly lanes: MediaLanes
  readonly onClosed: (session: Session) => void
}

export const refusal = (status: 400 | 488 | 503, warning: number, because: string): MediaRefusal => {
  return { kind: 'refused', status, warning, because }
}

/** Offers and answers of one call (RFC 3264), and the stream that follows from them. */
export class Session implements MediaSession {
  readonly stream: Stream
  private readonly o: SessionParts
  private readonly sessionId: string
  private readonly keys = new Map<Suite, MasterKey>()
  private version = 0
  private lastBody = ''
  private agreed: Agreement | undefined
  private offered: OurOffer | undefined
  private sockets: StreamSockets | undefined
  private place: LaneMembership | undefined
  private closed: Promise<void> | undefined
  private hasFailed = false

  constructor(o: SessionParts) {
    this.o = o
    // 62 bits: some read it as a signed number of 64.
    this.sessionId = (o.random(8).readBigUInt64BE() >> 2n).toString()
    this.stream = new Stream(o)
  }

  get codec(): Codec | undefined {
    return this.agreed?.codec
  }

  get suite(): Suite | undefined {
    return this.agreed?.crypto?.key.master.suite
  }

  get takesEvents(): boolean {
    return this.agreed?.eventType !== undefined
  }

  get isHeld(): boolean {
    const direction = this.agreed?.direction
    return direction === 'recvonly' || direction === 'inactive'
  }

  listen(sockets: StreamSockets): void {
    this.sockets = sockets
    this.stream.open(sockets)
  }

  /** For the sockets: a packet came to the RTP port, or to that of RTCP. */
  readonly receive = this.guarded((packet, address, port) => this.stream.receive(packet, address, port))
  readonly receiveRtcp = this.guarded((packet, address, port) => this.stream.receiveRtcp(packet, address, port))

  /** The answer to an offer that was found to be agreeable. */
  answer(offer: Sdp, agreed: Agreement): Buffer {
    this.configure(agreed)
    this.offered = undefined
    return this.write((local) => answerTo(offer, agreed, local, this.keyFor(agreed)))
  }

  reanswer(offer: Uint8Array): { readonly kind: 'answered'; readonly body: Buffer } | MediaRefusal {
    const sdp = readSdp(offer)
    if ('kind' in sdp) return refusal(400, 399, sdp.because)
    const agreed = chooseFrom(sdp, this.o.policy, this.o.reach)
    if ('kind' in agreed) return refusal(488, agreed.warning, agreed.because)
    // A call that is encrypted stays so, even where the policy would have taken a plain one.
    if (this.agreed?.crypto !== undefined && agreed.crypto === undefined) {
      return refusal(488, 302, 'the call is protected by SRTP and stays so')
    }
    return { kind: 'answered', body: this.answer(sdp, agreed) }
  }

  reoffer(): Buffer {
    const { policy } = this.o
    const suite = this.suite
    const suites = policy.srtp === 'Disabled' ? [] : suite === undefined ? offeredSuites : [suite]
    const isPlain = this.agreed !== undefined && suite === undefined
    const direction: Direction = 'sendrecv'
    const offer = { keys: isPlain ? [] : suites.map((one) => this.key(one)), codecs: policy.codecs, direction }
    this.offered = offer
    return this.write((local) => offerOf(offer, local))
  }

  complete(answer: Uint8Array): MediaRefusal | undefined {
    const { offered } = this
    if (offered === undefined) return refusal(400, 399, 'there is no offer to be answered')
    const sdp = readSdp(answer)
    if ('kind' in sdp) return refusal(400, 399, sdp.because)
    const agreed = agreeWith(offered, sdp, this.o.reach)
    if ('kind' in agreed) return refusal(488, agreed.warning, agreed.because)
    this.offered = undefined
    this.configure(agreed)
    return undefined
  }

  start(): void {
    if (this.closed !== undefined || this.place !== undefined) return
    this.stream.begin()
    this.place = this.o.lanes.add((due) => this.tick(due))
  }

  send(frame: Int16Array | undefined): void {
    this.stream.send(frame)
  }

  delay(onExpired: () => void): void {
    this.stream.delay(onExpired)
  }

  sendDtmf(digits: string): boolean {
    return this.stream.press(digits)
  }

  statistics(): MediaStatistics {
    return this.stream.statistics()
  }

  close(): Promise<void> {
    return (this.closed ??= this.end())
  }

  private guarded(receive: Receive): Receive {
    return (packet, address, port) => {
      try {
        receive(packet, address, port)
      } catch (error) {
        this.noteBug(error)
      }
    }
  }

  private tick(due: number): void {
    try {
      const lanes = this.stream.tick(due)
      if (lanes !== 0) this.place?.moveEarlier(lanes)
    } catch (error) {
      this.noteBug(error)
    }
  }

  /** A bug may cost this call its sound, but not the pod its calls: packets and ticks come from where nobody else would catch it. */
  private noteBug(error: unknown): void {
    if (!this.hasFailed) this.o.log.error(describeBug(error), 'the media of a call failed; logged once')
    this.hasFailed = true
  }

  private async end(): Promise<void> {
    this.place?.leave()
    this.stream.goodbye()
    await Promise.all([this.sockets?.rtp.close(), this.sockets?.rtcp?.close()])
    this.o.onClosed(this)
  }

  private configure(agreed: Agreement): void {
    const key = this.keyFor(agreed)
    // A suite that is left and taken again gets a fresh key: its counters would restart.
    for (const suite of this.keys.keys()) if (suite !== key?.suite) this.keys.delete(suite)
    this.agreed = agreed
    this.stream.configure(agreed, key)
  }

  private keyFor({ crypto }: Agreement): MasterKey | undefined {
    return crypto === undefined ? undefined : this.key(crypto.key.master.suite)
  }

  /** One key of ours for each suite and call: an offer repeated must not start the counters again with a key that was used. */
  private key(suite: Suite): MasterKey {
    const key = this.keys.get(suite) ?? makeKey(suite, this.o.random)
    this.keys.set(suite, key)
    return key
  }

  private write(describe: (local: Local) => Sdp): Buffer {
    const { address, reach, port } = this.o
    const { family } = reach
    const local = { address, family, port, sessionId: this.sessionId, version: this.version }
    const body = writeSdp(describe(local))
    if (this.lastBody === '' || body.toString() === this.lastBody) {
      this.lastBody = body.toString()
      return body
    }
    this.version++
    const changed = writeSdp(describe({ ...local, version: this.version }))
    this.lastBody = changed.toString()
    return changed
  }
}
