import type { RtpHeader } from '../rtp/packet.ts'
import { ComfortNoise } from './comfort-noise.ts'
import { Concealer } from './loss-concealment.ts'
import { FRAME, HALF } from './frame.ts'
import { JitterBuffer, MISSING, QUIET, VOICE, type Half, type Pulled } from './jitter-buffer.ts'

/** How a frame came about. Voice: as it was sent. Concealed: at least a half of it is a guess. Silence: nothing was sent. */
export type FrameKind = 'Voice' | 'Concealed' | 'Silence'

/** From packets as they come to frames as they are heard: order, jitter, loss and comfort noise. */
export class Playout {
  private readonly buffer = new JitterBuffer()
  private readonly concealer = new Concealer()
  private readonly noise = new ComfortNoise()
  private readonly pulled: Pulled = { first: MISSING, second: MISSING }
  /** Halves that were guessed. */
  private guessed = 0

  /** @param at when it came, in samples of the clock that `next` goes by, modulo 2^32 */
  voice(packet: Buffer, header: RtpHeader, linear: Int16Array, at: number): void {
    const { payloadStart, payloadEnd, timestamp, marker } = header
    this.noise.stop()
    this.buffer.push(packet, payloadStart, payloadEnd, timestamp, linear, at, marker)
  }

  /** No voice is sent for `samples` from `timestamp` on, since a key is pressed. */
  quiet(timestamp: number, samples: number): void {
    this.buffer.pushQuiet(timestamp, samples)
  }

  /** The sender fell silent: noise of this level from now on (RFC 3389). */
  comfort(level: number): void {
    this.noise.setLevel(level)
  }

  /** The next 20 ms, which were due at that time. */
  next(frame: Int16Array, at: number): FrameKind {
    this.buffer.pull(frame, this.pulled, at)
    const first = this.finish(frame, 0, this.pulled.first)
    const second = this.finish(frame, HALF, this.pulled.second)
    if (first === 'Concealed' || second === 'Concealed') return 'Concealed'
    return first === 'Voice' || second === 'Voice' ? 'Voice' : 'Silence'
  }

  /** The sender restarted. */
  reset(): void {
    this.buffer.reset()
    this.noise.stop()
  }

  /** By how many samples, in whole steps of 5 ms, the frames had better be due earlier from now on; negative: later. Told once. */
  takeWish(): number {
    const { wish } = this.buffer
    this.buffer.wish = 0
    return wish
  }

  get late(): number {
    return this.buffer.late
  }

  get bufferedMs(): number {
    return (this.buffer.buffered * 20) / FRAME
  }

  get concealedMs(): number {
    return this.guessed * 10
  }

  private finish(frame: Int16Array, at: number, half: Half): FrameKind {
    if (half === VOICE) {
      this.concealer.good(frame, at)
      return 'Voice'
    }
    if (half === QUIET) {
      this.concealer.rest()
      return 'Silence'
    }
    if (this.noise.isOn || this.concealer.isSilent) {
      this.noise.fill(frame, at, at + HALF)
      return 'Silence'
    }
    this.concealer.lost(frame, at)
    if (this.concealer.isSilent) return 'Silence'
    this.guessed++
    return 'Concealed'
  }
}
