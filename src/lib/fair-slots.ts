/** Limits how much runs at the same time, for each owner and for all, and lets owners take turns. */
export class FairSlots {
  readonly #share: number
  readonly #total: number
  /** What waits, by owner; the owner that was served longest ago is first. */
  readonly #waiting = new Map<string, (() => void)[]>()
  readonly #running = new Map<string, number>()
  #all = 0

  /** @param share most of one owner. @param total most of all */
  constructor({ share, total }: { share: number; total: number }) {
    this.#share = share
    this.#total = total
  }

  /** Runs the work when it is its owner's turn. Resolves and rejects as it does. */
  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    await this.#turn(owner)
    try {
      return await work()
    } finally {
      this.#all--
      this.#count(owner, -1)
      this.#next()
    }
  }

  #turn(owner: string): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(owner) ?? []
      queue.push(resolve)
      this.#waiting.set(owner, queue)
      this.#next()
    })
  }

  #next(): void {
    for (const [owner, queue] of this.#waiting) {
      if (this.#all >= this.#total) return
      if ((this.#running.get(owner) ?? 0) >= this.#share) continue
      const begin = queue.shift()!
      this.#waiting.delete(owner)
      if (queue.length > 0) this.#waiting.set(owner, queue)
      this.#all++
      this.#count(owner, 1)
      begin()
    }
  }

  #count(owner: string, more: 1 | -1): void {
    const running = (this.#running.get(owner) ?? 0) + more
    if (running > 0) this.#running.set(owner, running)
    else this.#running.delete(owner)
  }
}
