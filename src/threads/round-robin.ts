/** One job at a time; among those that wait, owners take turns. */
export class RoundRobin {
  private readonly waiting = new Map<string, (() => void)[]>()
  private readonly most: number
  private count = 0
  private isTaken = false

  /** @param most jobs that may wait */
  constructor(most: number) {
    this.most = most
  }

  /** Runs the job in its turn; undefined when too many wait. */
  async take<T>(owner: string, job: () => Promise<T>): Promise<T | undefined> {
    if (this.isTaken) {
      if (this.count >= this.most) return undefined
      await this.wait(owner)
    }
    this.isTaken = true
    try {
      return await job()
    } finally {
      this.isTaken = false
      this.next()
    }
  }

  private wait(owner: string): Promise<void> {
    this.count++
    return new Promise((resolve) => {
      const line = this.waiting.get(owner) ?? []
      line.push(resolve)
      this.waiting.set(owner, line)
    })
  }

  /** The owner whose turn it is goes to the end of the row, if it has more. */
  private next(): void {
    const [first] = this.waiting
    if (first === undefined) return
    const [owner, line] = first
    this.waiting.delete(owner)
    this.count--
    this.isTaken = true
    line.shift()!()
    if (line.length > 0) this.waiting.set(owner, line)
  }
}
