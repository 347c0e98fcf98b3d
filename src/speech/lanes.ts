/** Who is waiting for a worker. Live requests go first; what is rendered ahead takes what time is left. */
export type Lane = 'live' | 'ahead'

export class Lanes<T> {
  private readonly waiting: Record<Lane, T[]> = { live: [], ahead: [] }
  private readonly room: Readonly<Record<Lane, number>>

  /** @param room how many may wait in each lane */
  constructor(room: Readonly<Record<Lane, number>>) {
    this.room = room
  }

  /** False: the lane is full, and the item was not taken. `mustFit` takes it all the same: the rest of what has begun. */
  push(item: T, lane: Lane, mustFit = false): boolean {
    if (!mustFit && this.waiting[lane].length >= this.room[lane]) return false
    this.waiting[lane].push(item)
    return true
  }

  next(): T | undefined {
    return this.waiting.live.shift() ?? this.waiting.ahead.shift()
  }

  /** Takes an item out before its turn. */
  remove(item: T): void {
    for (const lane of ['live', 'ahead'] as const)
      this.waiting[lane] = this.waiting[lane].filter((each) => each !== item)
  }

  length(lane: Lane): number {
    return this.waiting[lane].length
  }
}
