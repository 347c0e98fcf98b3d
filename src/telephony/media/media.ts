import { describeBug } from '../../runtime/redacted-error.ts'
import { randomOctets } from '../../runtime/random.ts'
import type { MediaPolicy } from '../../wire/sdp/policy.ts'
import { chooseFrom } from '../../wire/sdp/negotiate.ts'
import { reachFrom, type Reach } from '../../wire/sdp/address-policy.ts'
import { readSdp } from '../../wire/sdp/read.ts'
import { MediaLanes } from './tick-lanes.ts'
import { PortPool } from './port-pool.ts'
import { Session, refusal, type SessionParts } from './media-session.ts'
import { openSocket, type MediaSocket } from './udp-sockets.ts'
import type { Media, MediaAnswer, MediaHandlers, MediaOffer, MediaOptions, MediaRefusal } from './types.ts'

const INACTIVITY_MS = 30_000
/** Pairs that are tried when the system has given ports of ours to others. */
const MOST_TRIES = 16

/** Media of one process: see `Media`. */
export function createMedia(o: MediaOptions): Media {
  return new RealMedia(o)
}

class RealMedia implements Media {
  private readonly o: Required<MediaOptions>
  private readonly reach: Reach
  private readonly pool: PortPool
  private readonly lanes: MediaLanes
  private readonly open = new Set<Session>()
  private isClosed = false

  constructor(o: MediaOptions) {
    this.o = { inactivityMs: INACTIVITY_MS, random: randomOctets, denied: [], allowed: [], admits: () => true, ...o }
    this.reach = reachFrom(o.address, o)
    this.pool = new PortPool(o.ports)
    this.lanes = new MediaLanes(o.clock)
  }

  async answer(offer: Uint8Array, policy: MediaPolicy, handlers: MediaHandlers): Promise<MediaAnswer | MediaRefusal> {
    // Before a port is taken: an offer that we can't have must cost nothing.
    const sdp = readSdp(offer)
    if ('kind' in sdp) return refusal(400, 399, sdp.because)
    const agreed = chooseFrom(sdp, policy, this.reach)
    if ('kind' in agreed) return refusal(488, agreed.warning, agreed.because)
    const session = await this.openSession(policy, handlers, !agreed.rtcpMux)
    if ('kind' in session) return session
    return { kind: 'answered', session, body: session.answer(sdp, agreed) }
  }

  async offer(policy: MediaPolicy, handlers: MediaHandlers): Promise<MediaOffer | MediaRefusal> {
    const session = await this.openSession(policy, handlers, true)
    if ('kind' in session) return session
    return { kind: 'offered', session, body: session.reoffer() }
  }

  get sessions(): number {
    return this.open.size
  }

  pace() {
    return this.lanes.pace()
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.open].map((session) => session.close()))
  }

  private async openSession(
    policy: MediaPolicy,
    handlers: MediaHandlers,
    needsRtcpPort: boolean,
  ): Promise<Session | MediaRefusal> {
    for (let tries = Math.min(MOST_TRIES, this.pool.size); tries > 0; tries--) {
      const port = this.pool.take()
      if (port === undefined) break
      const session = new Session(this.parts(policy, handlers, port))
      try {
        session.listen(await this.openPair(session, port, needsRtcpPort))
        this.open.add(session)
        if (!this.isClosed) return session
        await session.close() // its sockets would keep the process
        break
      } catch (error) {
        this.o.log.warn({ port, ...describeBug(error) }, 'a media port could not be opened; the next one is tried')
        this.pool.giveBack(port)
      }
    }
    return refusal(503, 399, 'no media port is free')
  }

  private parts(policy: MediaPolicy, handlers: MediaHandlers, port: number): SessionParts {
    const { address, clock, log, random, inactivityMs } = this.o
    return {
      ...{ policy, handlers, port, address, clock, log, random, inactivityMs },
      reach: this.reach,
      lanes: this.lanes,
      onClosed: (session) => {
        this.open.delete(session)
        this.pool.giveBack(port)
      },
    }
  }

  private async openPair(session: Session, port: number, needsRtcpPort: boolean) {
    const { address } = this.o
    const common = { address, family: this.reach.family, onFailure: () => session.stream.noteFailure() }
    const rtp = await openSocket({ ...common, port, receive: session.receive })
    if (!needsRtcpPort) return { rtp, rtcp: undefined }
    let rtcp: MediaSocket
    try {
      rtcp = await openSocket({
        ...common,
        port: port + 1,
        receive: session.receiveRtcp,
      })
    } catch (error) {
      await rtp.close()
      throw error
    }
    return { rtp, rtcp }
  }
}
