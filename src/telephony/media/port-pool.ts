/** Pairs of UDP ports: an even one for RTP and the odd one after it for RTCP (RFC 3550 11). */
export class PortPool {
  private readonly free: number[] = []

  /** @param from, to both ends included */
  constructor({ from, to }: { from: number; to: number }) {
    for (let port = from + (from % 2); port + 1 <= to; port += 2) this.free.push(port)
  }

  get size(): number {
    return this.free.length
  }

  /** The pair that has been free for longest, by its even port: packets of the call before have died out. */
  take(): number | undefined {
    return this.free.shift()
  }

  giveBack(port: number): void {
    this.free.push(port)
  }
}
