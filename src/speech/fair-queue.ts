/** Who is waiting for a worker. Live requests go first; what is rendered ahead takes what time is left. */
export type QueueLane = 'live' | 'ahead'

/** Whose an item is, and what it costs, in a unit that is the same for all items of a lane. */
export interface Claim {
  readonly tenant: string
  readonly cost: number
}

interface Waiting<T> extends Claim {
  readonly item: T
  /** The lane's time when it came. */
  readonly arrivedAt: number
  readonly mustFit: boolean
}

/** More tenants than this are not remembered when they wait for nothing. */
const MOST_REMEMBERED = 1_000

/**
 * Each tenant gets the same work, however many items it has waiting (start-time fair queueing, Goyal 1996). When a lane is full, who has fewer than another
 * gets in, and the youngest item of the tenant with most gives way.
 */
export class FairQueue<T> {
  private readonly waiting: Record<QueueLane, Waiting<T>[]> = { live: [], ahead: [] }
  private readonly room: Readonly<Record<QueueLane, number>>
  /** By tenant, up to where it has been served. */
  private readonly served = new Map<string, number>()
  private now = 0

  /** @param room how many may wait in each lane */
  constructor(room: Readonly<Record<QueueLane, number>>) {
    this.room = room
  }

  /** What doesn't fit any more: the item itself, or one that gives way to it. `mustFit` is taken all the same: the rest of what has begun. */
  push(item: T, lane: QueueLane, { tenant, cost }: Claim, mustFit = false): T | undefined {
    const all = this.waiting[lane]
    const entry = { item, tenant, cost, mustFit, arrivedAt: this.now }
    const victim = mustFit || all.length < this.room[lane] ? undefined : this.evict(all, tenant)
    if (victim === 'none') return item
    all.push(entry)
    return victim?.item
  }

  next(): T | undefined {
    return this.nextOf('live') ?? this.nextOf('ahead')
  }

  /** Takes an item out before its turn. */
  remove(item: T): void {
    for (const lane of ['live', 'ahead'] as const)
      this.waiting[lane] = this.waiting[lane].filter((each) => each.item !== item)
  }

  length(lane: QueueLane): number {
    return this.waiting[lane].length
  }

  private nextOf(lane: QueueLane): T | undefined {
    const all = this.waiting[lane]
    const startOf = ({ tenant, arrivedAt }: Waiting<T>) => Math.max(this.served.get(tenant) ?? 0, arrivedAt)
    let first: Waiting<T> | undefined
    for (const each of all) if (first === undefined || startOf(each) < startOf(first)) first = each
    if (first === undefined) return undefined
    all.splice(all.indexOf(first), 1)
    this.now = Math.max(this.now, startOf(first))
    this.served.set(first.tenant, startOf(first) + first.cost)
    if (this.served.size > MOST_REMEMBERED)
      for (const [tenant, until] of this.served) if (until <= this.now) this.served.delete(tenant)
    return first.item
  }

  private evict(all: Waiting<T>[], tenant: string): Waiting<T> | 'none' {
    const counts = new Map<string, number>()
    for (const each of all) counts.set(each.tenant, (counts.get(each.tenant) ?? 0) + 1)
    const most = Math.max(0, ...counts.values())
    if ((counts.get(tenant) ?? 0) + 1 >= most) return 'none'
    const at = all.findLastIndex((each) => counts.get(each.tenant) === most && !each.mustFit)
    return at < 0 ? 'none' : all.splice(at, 1)[0]!
  }
}
