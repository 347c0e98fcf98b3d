import { describeBug } from '../../runtime/redacted-error.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { FRAME, STEP } from '../../wire/playout/frame.ts'
import { isRtcp } from '../../wire/rtp/packet.ts'
import type { Agreement } from '../../wire/sdp/negotiate.ts'
import type { Reach } from '../../wire/sdp/address-policy.ts'
import type { MasterKey } from '../../wire/srtp/suites.ts'
import { Inbound, inSamples } from './inbound.ts'
import { LANE_MS } from './tick-lanes.ts'
import { Outbound } from './outbound.ts'
import { Reporter } from './rtcp-reporter.ts'
import type { MediaSocket } from './udp-sockets.ts'
import { SourceRule } from './source-filter.ts'
import { TICK_MS } from './ticker.ts'
import { dropReasons, type DropReason, type MediaHandlers, type MediaStatistics } from './types.ts'

/** Milliseconds for which a packet waits for an answer: as much jitter as any receiver evens out. */
const LONGEST_DELAY_MS = TICK_MS / 2

/** The sockets of a stream. One carries both where RTCP is multiplexed (RFC 5761). */
export interface StreamSockets {
  readonly rtp: MediaSocket
  readonly rtcp: MediaSocket | undefined
}

/** One call's stream: packets in, frames out, and the other way round. Knows nothing of SDP but what was agreed. */
export class Stream {
  private readonly handlers: MediaHandlers
  private readonly clock: Clock
  private readonly log: Log
  private readonly reach: Reach
  private readonly inactivityTicks: number
  private readonly inbound: Inbound
  private readonly outbound: Outbound
  private readonly reporter: Reporter
  private readonly frame = new Int16Array(FRAME)
  private readonly info: { tick: number; kind: 'Voice' | 'Concealed' | 'Silence' } = { tick: 0, kind: 'Silence' }
  private readonly dropped = Object.fromEntries(dropReasons.map((reason) => [reason, 0])) as Record<DropReason, number>
  private sockets: StreamSockets | undefined
  private agreed: Agreement | undefined
  private rtcpRule: SourceRule | undefined
  private outgoing: Int16Array | undefined
  /** The packet of the last tick is to go out yet. */
  private delayed: { readonly onExpired: () => void; readonly cancel: () => void } | undefined
  /** When tick 0 was due, or would have been in the lane of now; milliseconds. */
  private origin: number | undefined
  private lastTick = -1
  /** Lanes by which the ticks come earlier than at the start. */
  private ahead = 0
  private idleTicks = 0
  private heardBefore = 0
  private failures = 0
  private hasFailed = false

  constructor(o: {
    handlers: MediaHandlers
    clock: Clock
    log: Log
    random: (octets: number) => Buffer
    inactivityMs: number
    reach: Reach
  }) {
    this.reach = o.reach
    this.handlers = o.handlers
    this.clock = o.clock
    this.log = o.log
    this.inactivityTicks = Math.ceil(o.inactivityMs / TICK_MS)
    this.inbound = new Inbound(o.reach, (digit) => this.notify(() => o.handlers.onDtmf?.(digit)))
    this.outbound = new Outbound(o.random)
    this.reporter = new Reporter({
      ssrc: this.outbound.ssrc,
      random: o.random,
      now: o.clock.monotonic(),
      wall: o.clock.wall(),
    })
  }

  open(sockets: StreamSockets): void {
    this.sockets = sockets
  }

  /** @param key ours; undefined: plain RTP */
  configure(agreed: Agreement, key: MasterKey | undefined): void {
    const { remote, crypto, rtcpMux } = agreed
    this.agreed = agreed
    this.inbound.configure(agreed)
    this.outbound.configure(agreed, key)
    const rtcp = { address: remote.address, port: remote.rtcpPort }
    if (rtcpMux) this.rtcpRule = undefined
    else if (this.rtcpRule?.isFor(rtcp) !== true) this.rtcpRule = new SourceRule(rtcp, crypto !== undefined, this.reach)
  }

  /** A packet came to the RTP port. */
  receive(packet: Buffer, address: string, port: number): void {
    if (this.agreed?.rtcpMux === true && isRtcp(packet)) return this.receiveRtcp(packet, address, port)
    const reason = this.inbound.receive(packet, address, port, this.clock.monotonic())
    if (reason !== undefined) this.dropped[reason]++
  }

  /** A packet came to the RTCP port, or is RTCP by its look. */
  receiveRtcp(packet: Buffer, address: string, port: number): void {
    const reason = this.takeRtcp(packet, address, port)
    if (reason !== undefined) this.dropped[reason]++
  }

  send(frame: Int16Array | undefined): void {
    this.outgoing = frame
    if (this.delayed !== undefined && frame !== undefined) this.sendDelayed(this.delayed)
  }

  /** See `MediaSession`. */
  delay(onExpired: () => void): void {
    this.delayed = { onExpired, cancel: this.clock.after(LONGEST_DELAY_MS, () => this.notify(() => this.endDelay())) }
  }

  press(digits: string): boolean {
    return this.agreed?.eventType !== undefined && this.outbound.dtmf.press(digits)
  }

  /** What came while nobody listened would only make the call lag behind. */
  begin(): void {
    this.inbound.playout.reset()
  }

  /**
   * @param due when, by the clock in milliseconds: ticks run a bit late
   * @returns by how many lanes the next one had better come earlier; negative: later
   */
  tick(due: number): number {
    this.origin ??= due
    const tick = Math.round((due - this.origin) / TICK_MS)
    // The first of a later lane comes while the one before still lasts.
    if (tick <= this.lastTick) return 0
    this.endDelay()
    this.lastTick = tick
    this.outgoing = undefined
    this.info.tick = tick
    this.info.kind = this.inbound.playout.next(this.frame, inSamples(due))
    this.deliverFrame()
    if (this.delayed === undefined) this.sendPacket(tick)
    this.watchSilence()
    const now = this.clock.monotonic()
    if (this.reporter.isDue(now)) this.sendReport(now, tick, false)
    return this.hasten()
  }

  noteFailure(): void {
    this.failures++
  }

  statistics(): MediaStatistics {
    const { inbound, outbound, reporter } = this
    return {
      sentPackets: outbound.packets,
      sentOctets: outbound.octets,
      receivedPackets: inbound.packets,
      receivedOctets: inbound.octets,
      lostPackets: inbound.lost,
      latePackets: inbound.playout.late,
      concealedMs: inbound.playout.concealedMs,
      jitterMs: (inbound.source?.jitter ?? 0) / 8,
      bufferedMs: inbound.playout.bufferedMs,
      dropped: { ...this.dropped },
      sendFailures: this.failures,
      roundTripMs: reporter.roundTripMs,
      remote: reporter.remote,
    }
  }

  /** What we send keeps its time within one tick of where it began, however often the other side's jitter makes it move. */
  private hasten(): number {
    const most = TICK_MS / LANE_MS - 1
    const ahead = Math.max(-most, Math.min(most, this.ahead + this.inbound.playout.takeWish() / STEP))
    const lanes = ahead - this.ahead
    this.ahead = ahead
    this.origin! -= lanes * LANE_MS
    return lanes
  }

  /** Says goodbye, if anything was said before. */
  goodbye(): void {
    this.delayed?.cancel()
    this.delayed = undefined
    if (this.outbound.packets > 0) this.sendReport(this.clock.monotonic(), undefined, true)
  }

  private endDelay(): void {
    const { delayed } = this
    if (delayed === undefined) return
    this.notify(delayed.onExpired)
    if (this.delayed === delayed) this.sendDelayed(delayed)
  }

  private sendDelayed({ cancel }: { cancel: () => void }): void {
    cancel()
    this.delayed = undefined
    this.sendPacket(this.lastTick)
  }

  private sendPacket(tick: number): void {
    const packet = this.outbound.packet(tick, this.outgoing)
    if (packet === undefined) return
    const target = this.inbound.rule?.target
    if (target !== undefined && target.port > 0) this.sockets?.rtp.send(packet, target.port, target.address)
  }

  private sendReport(now: number, tick: number | undefined, bye: boolean): void {
    const { packets, octets } = this.outbound
    if (tick !== undefined) this.reportTick = tick
    const timestamp = this.outbound.timestampOf(this.reportTick)
    const sent = packets > 0 ? { timestamp, packets, octets } : undefined
    const report = this.outbound.protectRtcp(this.reporter.report(now, sent, this.inbound.source, bye))
    const rule = this.rtcpRule ?? this.inbound.rule
    const socket = this.rtcpRule === undefined ? this.sockets?.rtp : this.sockets?.rtcp
    if (rule !== undefined && rule.target.port > 0) socket?.send(report, rule.target.port, rule.target.address)
  }

  private reportTick = 0

  private takeRtcp(packet: Buffer, address: string, port: number): DropReason | undefined {
    const rule = this.rtcpRule ?? this.inbound.rule
    if (rule === undefined) return 'notExpected'
    if (!rule.admits(address, port)) return 'foreignSource'
    const plain = this.inbound.openRtcp(packet)
    if (typeof plain === 'string') return plain
    if (this.rtcpRule !== undefined) rule.latch(address, port)
    const report = this.reporter.receive(plain, this.clock.monotonic())
    if (report === undefined) return 'malformed'
    if (report.bye) this.notify(() => this.handlers.onBye?.())
    return undefined
  }

  /** Counts ticks without a valid packet, while the other side should be sending. */
  private watchSilence(): void {
    const isQuiet = this.inbound.packets === this.heardBefore
    this.heardBefore = this.inbound.packets
    this.idleTicks = isQuiet && this.inbound.listens ? this.idleTicks + 1 : 0
    if (this.idleTicks === this.inactivityTicks) this.notify(() => this.handlers.onInactive?.())
  }

  /** As `notify` does, without a closure for each tick. */
  private deliverFrame(): void {
    try {
      this.handlers.onFrame(this.frame, this.info)
    } catch (error) {
      this.noteBug(error)
    }
  }

  /** A handler's fault costs neither this call nor, in the tick that all share, the others. */
  private notify(handler: () => void): void {
    try {
      handler()
    } catch (error) {
      this.noteBug(error)
    }
  }

  private noteBug(error: unknown): void {
    // Once: a handler that fails in each tick would write fifty lines a second.
    if (!this.hasFailed) this.log.error(describeBug(error), 'a handler of media failed; logged once')
    this.hasFailed = true
  }
}
