const WORDS = 8
/** Packets that may come out of order. RFC 3711 3.3.2 asks for 64 at least. */
export const REPLAY_WINDOW = 32 * WORDS

/** Which of the latest packet indexes were seen. A ring of bits, one for each index modulo its size. */
export class ReplayWindow {
  private readonly seen = new Uint32Array(WORDS)
  /** Highest index recorded; -1: none. */
  highest = -1

  /** Whether a packet with this index was seen, or is too old to tell: it must not be let in. */
  isReplay(index: number): boolean {
    if (index > this.highest) return false
    if (index <= this.highest - REPLAY_WINDOW) return true
    const bit = index % REPLAY_WINDOW
    return (this.seen[bit >>> 5]! & (1 << (bit & 31))) !== 0
  }

  /** Only for a packet that is authenticated, or anyone could move the window (RFC 3711 3.3). */
  record(index: number): void {
    if (index >= this.highest + REPLAY_WINDOW) this.seen.fill(0)
    else for (let passed = this.highest + 1; passed <= index; passed++) this.set(passed % REPLAY_WINDOW, false)
    this.set(index % REPLAY_WINDOW, true)
    if (index > this.highest) this.highest = index
  }

  private set(bit: number, seen: boolean): void {
    if (seen) this.seen[bit >>> 5]! |= 1 << (bit & 31)
    else this.seen[bit >>> 5]! &= ~(1 << (bit & 31))
  }
}
