/** Level of the loudest noise that we make, whatever the packet asks for: -30 dBov. Noise is there to comfort. */
const LOUDEST_DBOV = -30

/**
 * Soft noise in place of silence (RFC 3389): of its payload only the level is used, the spectrum is left white. A fixed generator:
 * the noise needs not be hard to guess.
 */
export class ComfortNoise {
  private amplitude = 0
  private state = 0x2545f491

  /** @param level first octet of the payload: how far below full scale, in dB (RFC 3389 3.1) */
  setLevel(level: number): void {
    const dbov = Math.min(-(level & 0x7f), LOUDEST_DBOV)
    // Uniform noise has a power of a third of its peak's square.
    this.amplitude = 32_768 * 10 ** (dbov / 20) * Math.sqrt(3)
  }

  /** Voice came back. */
  stop(): void {
    this.amplitude = 0
  }

  get isOn(): boolean {
    return this.amplitude > 0
  }

  fill(frame: Int16Array, from: number, to: number): void {
    for (let sample = from; sample < to; sample++) {
      this.state ^= this.state << 13
      this.state ^= this.state >>> 17
      this.state ^= this.state << 5
      frame[sample] = (this.state / 0x80000000) * this.amplitude
    }
  }
}
