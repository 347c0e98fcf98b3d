import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { ownWords } from '../../runtime/log-fields.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import type { Dialog } from '../../telephony/call.ts'
import type { MediaSession } from '../../telephony/media/types.ts'
import { sdp } from '../../telephony/renegotiate.ts'
import type { Edges } from '../transfer/known-edges.ts'

/** One leg of a call, as far as the watchdog is concerned. */
export interface WatchedLeg {
  readonly dialog: Pick<Dialog, 'modify' | 'isEnded' | 'nextHost' | 'reroute' | 'lose'>
  readonly session: Pick<MediaSession, 'isHeld' | 'reoffer' | 'complete' | 'statistics'>
}

/** Begins to watch a leg. @returns what ends it */
export type MediaWatch = (leg: WatchedLeg) => () => void

const LOOK_EVERY_MS = 250
/** Without a packet for so long, a stream that should have fifty a second has stopped. */
const SILENT_MS = 2_000
/** A relay that was restarted takes the next offer within a second or two. */
const AGAIN_MS = 1_000
const SOON = 5
const MOST_MS = 30_000
/** 64*T1 (RFC 3261 17.1.1.2): who has sent nothing for so long, and answers no offer, is gone. */
const GONE_MS = 32_000
const TIMEOUT = 408

/**
 * Watches legs whose media passes a relay: a relay that was restarted has forgotten its sessions, and a re-INVITE (RFC 3261 section 14) makes
 * it a new one; by another edge, if that of the call is gone. Offers again, ever less often, until media comes. Who sends nothing when he is
 * silent costs a re-INVITE each half minute. An offer that nobody answers (408) ends no call at once, though RFC 3261 12.2.1.2 would: what
 * keeps media away for a moment keeps answers away, too.
 */
export function createMediaWatch(o: { clock: Clock; log: Log; edges: Pick<Edges, 'serving'> }): MediaWatch {
  return (leg) => {
    const watch = new Watchdog(leg, o)
    return () => watch.end()
  }
}

class Watchdog {
  private readonly leg: WatchedLeg
  private readonly clock: Clock
  private readonly log: Log
  private readonly edges: Pick<Edges, 'serving'>
  private cancel: () => void
  private isOffering = false
  private received = -1
  private lastAt = 0
  /** Of this silence. */
  private offers = 0
  private nextAt = 0

  constructor(leg: WatchedLeg, { clock, log, edges }: Parameters<typeof createMediaWatch>[0]) {
    this.leg = leg
    this.clock = clock
    this.log = log
    this.edges = edges
    this.cancel = clock.after(0, () => this.look())
  }

  end(): void {
    this.cancel()
  }

  private look(): void {
    if (this.leg.dialog.isEnded) return
    this.cancel = this.clock.after(LOOK_EVERY_MS, () => this.look())
    const now = this.clock.monotonic()
    const { receivedPackets } = this.leg.session.statistics()
    if (receivedPackets !== this.received || this.leg.session.isHeld) {
      this.received = receivedPackets
      this.lastAt = now
      this.offers = 0
      this.nextAt = now + SILENT_MS
      return
    }
    if (now >= this.nextAt && !this.isOffering && this.isWayClear()) void this.offerAgain(now)
  }

  /** An offer to an edge that is gone would wait half a minute for an answer, and no other one can be made meanwhile (RFC 3261 section 14.1). */
  private isWayClear(): boolean {
    const { dialog } = this.leg
    const { nextHost } = dialog
    if (nextHost === undefined) return true
    const serving = this.edges.serving(nextHost)
    if (serving === undefined || serving === nextHost) return serving !== undefined
    this.log.warn({ by: ownWords(serving) }, 'the edge of a call is silent: another one serves it')
    dialog.reroute(serving)
    return true
  }

  private isGone(): boolean {
    const isSilent = this.leg.session.statistics().receivedPackets === this.received
    return isSilent && this.clock.monotonic() - this.lastAt >= GONE_MS
  }

  private async offerAgain(now: number): Promise<void> {
    this.isOffering = true
    this.offers++
    const { session, dialog } = this.leg
    try {
      const modified = await dialog.modify(sdp(session.reoffer()))
      if (modified.ok && modified.body !== undefined) session.complete(modified.body.content)
      const status = modified.ok ? 200 : modified.status
      const seconds = Math.round((now - this.lastAt) / 100) / 10
      if (this.offers === 1) this.log.warn({ seconds, status }, 'no media came, so it was offered again')
      if (status === TIMEOUT && this.isGone()) dialog.lose()
    } catch (error) {
      // A bug may cost this call its sound, but not the pod its calls.
      this.log.error(describeBug(error), 'media could not be offered again')
    } finally {
      this.isOffering = false
      this.nextAt = this.clock.monotonic() + waitAfter(this.offers)
    }
  }
}

/** Milliseconds from one offer to the next. */
const waitAfter = (offers: number) =>
  offers < SOON ? AGAIN_MS : Math.min(MOST_MS, AGAIN_MS * 2 ** (offers - SOON + 1))
