import { FRAME_SAMPLES } from '../pipeline/frames.ts'
import { WINDOW_SAMPLES } from '../pipeline/barge-in-and-endpointing.ts'

/** Frames that there is room for while nobody speaks, 640 ms: the stages look back at 460. */
const USUAL_FRAMES = 32

/**
 * What the caller said lately. The stages of a call go by the numbers of frames and samples, counted from the beginning of the call; the
 * samples are in here and nowhere else. One piece of memory is used again and again: nothing is allocated for a frame.
 */
export class Tape {
  private samples = new Int16Array(USUAL_FRAMES * FRAME_SAMPLES)
  private written = 0

  /**
   * Adds 20 ms, in place of what is older than 640 ms.
   * @param frame 160 samples; undefined: silence
   * @param keptFrom the frame from which on nothing may be overwritten: the tape becomes longer. Undefined: there is none
   */
  write(frame: Int16Array | undefined, keptFrom: number | undefined): void {
    this.makeRoom(keptFrom)
    this.put(frame, this.written++)
  }

  /** Puts silence in place of the last frame. */
  eraseLast(): void {
    this.put(undefined, this.written - 1)
  }

  /** A copy of the frames from `from` to before `to`. */
  cut(from: number, to: number): Int16Array {
    const cut = new Int16Array((to - from) * FRAME_SAMPLES)
    for (let frame = from; frame < to; frame++) {
      const at = this.placeOf(frame)
      cut.set(this.samples.subarray(at, at + FRAME_SAMPLES), (frame - from) * FRAME_SAMPLES)
    }
    return cut
  }

  /** 32 ms from a sample on, from -1 to 1: what the model of voices judges. */
  window(from: number): Float32Array {
    const { samples } = this
    const window = new Float32Array(WINDOW_SAMPLES)
    let place = from % samples.length
    for (let at = 0; at < WINDOW_SAMPLES; at++) {
      window[at] = samples[place]! / 32_768
      if (++place === samples.length) place = 0
    }
    return window
  }

  private put(frame: Int16Array | undefined, number: number): void {
    const at = this.placeOf(number)
    if (frame === undefined) this.samples.fill(0, at, at + FRAME_SAMPLES)
    else this.samples.set(frame, at)
  }

  /** Frames that there is room for. */
  private get room(): number {
    return this.samples.length / FRAME_SAMPLES
  }

  private placeOf(frame: number): number {
    return (frame * FRAME_SAMPLES) % this.samples.length
  }

  /** Twice as long where it is too short, and as long as usual when that is enough again. */
  private makeRoom(keptFrom: number | undefined): void {
    const { room, written } = this
    if (keptFrom !== undefined && written - keptFrom >= room) this.resize(2 * room)
    else if (keptFrom === undefined && room > USUAL_FRAMES) this.resize(USUAL_FRAMES)
  }

  private resize(room: number): void {
    const from = Math.max(0, this.written - Math.min(room, this.room))
    const kept = this.cut(from, this.written)
    this.samples = new Int16Array(room * FRAME_SAMPLES)
    for (let frame = from; frame < this.written; frame++) {
      const at = (frame - from) * FRAME_SAMPLES
      this.put(kept.subarray(at, at + FRAME_SAMPLES), frame)
    }
  }
}
