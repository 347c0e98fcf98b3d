import { Heap } from '../lib/heap.ts'

/** What waits to be taken. */
export interface Entry {
  /** `namespace/name`; a key without a slash is a group of its own. */
  readonly key: string
  /** The smaller goes first. */
  readonly place: number
  /** Unique: decides between equal places. */
  readonly order: number
}

const comesBefore = (a: Entry, b: Entry) => a.place < b.place || (a.place === b.place && a.order < b.order)
/** The namespace of a key. */
export const groupOf = (key: string): string => key.split('/', 1)[0]!

/**
 * Entries of many namespaces, which are served in rotation; within each the smallest place goes first. So an object of one namespace does not wait
 * until hundreds of another are done. Add and take need log n steps.
 */
export class Rotation<E extends Entry> {
  /** In the order in which they are served next, as a Map keeps the order in which keys are added. */
  private readonly lines = new Map<string, Heap<E>>()
  private readonly all = new Heap<E>(comesBefore)
  private readonly isWaiting: (entry: E) => boolean

  /** @param isWaiting whether an entry still waits: another that was added later may have replaced it */
  constructor(isWaiting: (entry: E) => boolean) {
    this.isWaiting = isWaiting
  }

  add(entry: E): void {
    const group = groupOf(entry.key)
    const line = this.lines.get(group) ?? new Heap<E>(comesBefore)
    line.push(entry)
    this.all.push(entry)
    this.lines.set(group, line)
  }

  /** The entry with the smallest place of all. It is not the next one where another namespace is. */
  first(): E | undefined {
    while (this.all.size > 0 && !this.isWaiting(this.all.peek()!)) this.all.pop()
    return this.all.peek()
  }

  /** The first entry of the namespace that is next. The caller makes sure that it does not wait any more. */
  take(): E | undefined {
    for (const [group, line] of this.lines) {
      let entry = line.pop()
      while (entry !== undefined && !this.isWaiting(entry)) entry = line.pop()
      this.lines.delete(group)
      if (entry === undefined) continue
      if (line.size > 0) this.lines.set(group, line)
      return entry
    }
    return undefined
  }
}
