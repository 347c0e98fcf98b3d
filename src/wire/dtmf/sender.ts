import { keys, type TelephoneEvent } from './telephone-event.ts'

/** One packet of a press. */
export interface EventPacket {
  readonly payload: TelephoneEvent
  readonly marker: boolean
}

const FRAME = 160
// A press lasts 100 ms, and 60 ms lie between two. The last packet is sent three times (RFC 4733 2.5.1.4), twice in that pause.
const PRESS_FRAMES = 5
const ENDS = 3
const CYCLE_FRAMES = 8

/** Presses keys: tells, for each frame, what goes out instead of audio. */
export class DtmfSender {
  private waiting: number[] = []
  private frame = 0

  /** @returns false: there is a character that is no key; nothing of it is sent */
  press(digits: string): boolean {
    const events = [...digits.toUpperCase()].map((digit) => keys.indexOf(digit))
    if (events.includes(-1)) return false
    this.waiting.push(...events)
    return true
  }

  get isPressing(): boolean {
    return this.waiting.length > 0
  }

  /** The packet of this frame; undefined: no key is pressed, audio goes out. */
  next(): EventPacket | undefined {
    const [event] = this.waiting
    if (event === undefined) return undefined
    const frame = this.frame
    this.frame = (frame + 1) % CYCLE_FRAMES
    if (this.frame === 0) this.waiting.shift()
    if (frame >= PRESS_FRAMES - 1 + ENDS) return undefined
    const end = frame >= PRESS_FRAMES - 1
    const duration = Math.min(frame + 1, PRESS_FRAMES) * FRAME
    return { payload: { event, end, duration }, marker: frame === 0 }
  }
}
