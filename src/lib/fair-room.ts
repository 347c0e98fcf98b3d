/** Says who may come in where room is shared: nobody waits. However many owners take all that they may, there is a place for one who has none. */
export class FairRoom {
  readonly #share: number
  readonly #total: number
  readonly #taken = new Map<string, number>()
  #all = 0

  /** @param share most places of one owner. @param total of all; fewer greedy owners than this leave a place for the next */
  constructor({ share, total }: { share: number; total: number }) {
    this.#share = share
    this.#total = total
  }

  /**
   * Takes a place: as long as the owner has fewer than are free, and fewer than its share.
   * @returns what gives it back, once; undefined: there is none
   */
  enter(owner: string): (() => void) | undefined {
    const own = this.#taken.get(owner) ?? 0
    if (own >= Math.min(this.#share, this.#total - this.#all)) return undefined
    this.#count(owner, 1)
    let isIn = true
    return () => {
      if (isIn) this.#count(owner, -1)
      isIn = false
    }
  }

  /** How many are taken. */
  get taken(): number {
    return this.#all
  }

  #count(owner: string, more: 1 | -1): void {
    this.#all += more
    const own = (this.#taken.get(owner) ?? 0) + more
    if (own > 0) this.#taken.set(owner, own)
    else this.#taken.delete(owner)
  }
}
