/** A binary heap: the smallest item, by the order given, comes out first. Push and pop take log n steps. */
export class Heap<T> {
  private readonly items: T[] = []
  private readonly before: (a: T, b: T) => boolean

  /** `before(a, b)` says that a must come out before b. */
  constructor(before: (a: T, b: T) => boolean) {
    this.before = before
  }

  get size(): number {
    return this.items.length
  }

  peek(): T | undefined {
    return this.items[0]
  }

  push(item: T): void {
    this.items.push(item)
    let at = this.items.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(item, this.items[parent]!)) break
      this.items[at] = this.items[parent]!
      at = parent
    }
    this.items[at] = item
  }

  pop(): T | undefined {
    const top = this.items[0]
    const last = this.items.pop()
    if (this.items.length > 0) this.sink(last!)
    return top
  }

  private sink(item: T): void {
    const size = this.items.length
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && this.before(this.items[child + 1]!, this.items[child]!)) child++
      if (!this.before(this.items[child]!, item)) break
      this.items[at] = this.items[child]!
      at = child
    }
    this.items[at] = item
  }
}
