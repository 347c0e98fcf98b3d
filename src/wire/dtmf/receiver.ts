import { keys, type TelephoneEvent } from './telephone-event.ts'

/** The longest duration that a packet can tell; a key that is held longer goes on in a new segment (RFC 4733 2.5.1.3). */
const SEGMENT = 0xffff

/**
 * Makes key presses of telephone-event packets. Each press is sent many times and its end three times, so that losses do no harm; what tells
 * presses apart is the timestamp. A press is reported with its first packet: waiting for the end would cost time, and the end may be lost.
 */
export class DtmfReceiver {
  private timestamp: number | undefined
  private event = -1
  private hasEnded = true

  /** @returns the key, if this packet is the first of a press */
  receive({ event, end, duration }: TelephoneEvent, timestamp: number, marker: boolean): string | undefined {
    const key = keys[event]
    if (key === undefined) return undefined
    if (this.timestamp !== undefined) {
      const ahead = (timestamp - this.timestamp) | 0
      // The same press again, or one from before that comes late.
      if (ahead <= 0) {
        if (ahead === 0 && event === this.event) this.hasEnded ||= end
        return undefined
      }
      if (this.isNextSegment(event, ahead, marker, duration)) {
        this.timestamp = timestamp
        this.hasEnded = end
        return undefined
      }
    }
    this.timestamp = timestamp
    this.event = event
    this.hasEnded = end
    return key
  }

  /** The sender restarted: its timestamps have no order with those from before. */
  reset(): void {
    this.timestamp = undefined
    this.hasEnded = true
  }

  private isNextSegment(event: number, ahead: number, marker: boolean, duration: number): boolean {
    return !this.hasEnded && event === this.event && !marker && duration > 0 && Math.abs(ahead - SEGMENT) <= 160
  }
}
