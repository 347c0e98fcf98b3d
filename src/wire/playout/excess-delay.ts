/** Packets whose worst is looked at together: a second. */
const SPAN = 50
const LONGEST_SPAN = 2 * SPAN
/** Packets after which a judgement is made: two seconds at the start of a stream, later five, and longer where the line was judged too well. */
const FIRST_WINDOW = 2 * SPAN
const USUAL_WINDOW = 5 * SPAN
const LONGEST_WINDOW = 60 * SPAN

/**
 * How much of the delay of a stream nothing needs. One bad second in five does not count: what it needs is cheaper to lose than to wait for
 * in every turn of the talk.
 */
export class Slack {
  private readonly worst: number[] = []
  private least = Infinity
  private inSpan = 0
  private window = FIRST_WINDOW

  /**
   * A packet came so long before its turn, in samples of time; 0: too late.
   * @returns at the end of a window, what the packets had to spare in all its seconds, but one in five; else undefined
   */
  note(margin: number): number | undefined {
    this.least = Math.min(this.least, margin)
    this.inSpan++
    // What one stall made late is of one second.
    if (this.inSpan < SPAN || (margin === 0 && this.inSpan < LONGEST_SPAN)) return undefined
    this.worst.push(this.least)
    this.least = Infinity
    this.inSpan = 0
    const looked = this.worst.length * SPAN
    if (looked < this.window) return undefined
    const spare = this.worst.toSorted((a, b) => a - b)[Math.floor(looked / USUAL_WINDOW)]!
    this.begin()
    this.window = Math.max(this.window, USUAL_WINDOW)
    return spare
  }

  /** Looks again: another stream, or another delay. */
  begin(): void {
    this.worst.length = 0
    this.least = Infinity
    this.inSpan = 0
  }

  /** The delay was too short: looks twice as long before it judges again. */
  doubt(): void {
    this.begin()
    this.window = Math.min(Math.max(this.window, USUAL_WINDOW) * 2, LONGEST_WINDOW)
  }

  /** There is so much to spare that a shorter look will do. */
  trust(): void {
    this.window = Math.max(USUAL_WINDOW, this.window / 2)
  }
}
