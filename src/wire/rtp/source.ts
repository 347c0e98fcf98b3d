const MAX_DROPOUT = 3_000
const MAX_MISORDER = 100
const MIN_SEQUENTIAL = 2
const SEQ_MOD = 0x10000
const NO_BAD_SEQUENCE = SEQ_MOD + 1

/** What RTCP reports of a source that we hear (RFC 3550 6.4.1). */
export interface ReceptionFigures {
  /** Share of packets lost since the last report, as a fraction of 256. */
  readonly fractionLost: number
  readonly cumulativeLost: number
  readonly extendedHighest: number
  /** In units of the timestamp. */
  readonly jitter: number
}

/** Validity, loss and jitter of one stream of packets (RFC 3550 A.1, A.3, A.8). */
export class RtpSource {
  readonly ssrc: number
  /** Packets in a row that are still to be seen before the source is believed. */
  private probation: number
  private hasBegun = false
  private highest = 0
  private cycles = 0
  private base = 0
  private bad = NO_BAD_SEQUENCE
  private received = 0
  private expectedPrior = 0
  private receivedPrior = 0
  private transit: number | undefined
  private jitterTimes16 = 0

  /** @param isTrusted its packets are authenticated: no need to see two in a row before the first is believed */
  constructor(ssrc: number, isTrusted: boolean) {
    this.ssrc = ssrc
    this.probation = isTrusted ? 1 : MIN_SEQUENTIAL
  }

  get isValid(): boolean {
    return this.probation === 0
  }

  /** Takes notice of a packet. @returns whether it may be heard */
  update(sequence: number): boolean {
    const ahead = (sequence - this.highest + SEQ_MOD) % SEQ_MOD
    if (this.probation > 0) return this.onProbation(sequence, ahead)
    if (ahead < MAX_DROPOUT) {
      if (sequence < this.highest) this.cycles += SEQ_MOD
      this.highest = sequence
    } else if (ahead <= SEQ_MOD - MAX_MISORDER) {
      // A very large jump is believed when the next packet continues it: the sender restarted.
      if (sequence !== this.bad) {
        this.bad = (sequence + 1) % SEQ_MOD
        return false
      }
      this.begin(sequence)
    }
    this.received++
    return true
  }

  /** @param arrival, timestamp both in units of the timestamp, both modulo 2^32 */
  arrived(arrival: number, timestamp: number): void {
    const transit = (arrival - timestamp) | 0
    const change = this.transit === undefined ? 0 : Math.abs((transit - this.transit) | 0)
    this.transit = transit
    this.jitterTimes16 += change - (this.jitterTimes16 + 8) / 16
    if (this.jitterTimes16 < 0) this.jitterTimes16 = 0
  }

  get jitter(): number {
    return this.jitterTimes16 / 16
  }

  /** Packets that should have come and did not. Negative: some came more than once. */
  get lost(): number {
    return this.isValid ? this.expected - this.received : 0
  }

  /** Figures for a report; the next one counts from here. */
  report(): ReceptionFigures {
    const expected = this.expected - this.expectedPrior
    const lost = expected - (this.received - this.receivedPrior)
    this.expectedPrior = this.expected
    this.receivedPrior = this.received
    return {
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, this.lost)),
      extendedHighest: (this.cycles + this.highest) % 0x100000000,
      jitter: Math.floor(this.jitter),
    }
  }

  private get expected(): number {
    return this.cycles + this.highest - this.base + 1
  }

  private onProbation(sequence: number, ahead: number): boolean {
    const isNext = this.hasBegun && ahead === 1
    if (this.hasBegun && !isNext) this.probation = MIN_SEQUENTIAL
    this.hasBegun = true
    this.highest = sequence
    if (--this.probation > 0) return false
    this.begin(sequence)
    this.received = 1
    return true
  }

  private begin(sequence: number): void {
    this.base = this.highest = sequence
    this.cycles = this.received = this.receivedPrior = this.expectedPrior = 0
    this.bad = NO_BAD_SEQUENCE
  }
}
