import type { Clock } from '../runtime/clock.ts'
import { stamp } from './lease.ts'

/** The object that an event is about. */
export interface Regarding {
  apiVersion: string
  kind: string
  namespace?: string
  name: string
  uid: string
}

/** Static texts only: nothing personal, no number of a caller, no word that was said. */
export interface EventFacts {
  regarding: Regarding
  type: 'Normal' | 'Warning'
  /** CamelCase: why. */
  reason: string
  /** CamelCase: what the operator did or tried. */
  action: string
  /** A sentence for people, at most 1024 bytes. */
  note: string
}

/** An events.k8s.io/v1 Event. */
export interface RawEvent extends EventFacts {
  apiVersion: 'events.k8s.io/v1'
  kind: 'Event'
  metadata: { name: string; namespace: string }
  eventTime: string
  reportingController: string
  reportingInstance: string
  /** Only from the second time on: the API server refuses a count of 1. */
  series?: { count: number; lastObservedTime: string }
}

/** One thing that happened, once or many times. */
export interface Occurrence {
  event: RawEvent
  /** The API server has it. */
  created: boolean
  /** It is on its way or waits to be. */
  sending: boolean
  /** Something happened that the API server does not know yet. */
  dirty: boolean
  count: number
  lastSeen: number
  lastSent: number
}

/** What repeats within this time is the same series, ms. client-go has the same 6 minutes. */
export const WINDOW = 360_000
/** A series is written at most so often, ms. */
export const SPACING = 30_000
/** New events about one object: so many at once, then one in five minutes (client-go's spam filter). */
export const BURST = 25
const REFILL = 300_000
/** Series and objects that are remembered; the least recent are forgotten. */
const MOST = 1024

export interface Series {
  /** Notes what happened. Returns what is to be sent now, if anything. */
  add(facts: EventFacts): Occurrence | undefined
  /** Those with something untold, when their turn has come; all of them when `all`. */
  due(all?: boolean): Occurrence[]
  hasDirty(): boolean
  /** New events that were held back because their object had too many. */
  suppressed(): number
}

export function createSeries({ instance, clock }: { instance: string; clock: Clock }): Series {
  const live = new Recent<Occurrence>(MOST)
  const allowances = new Recent<{ left: number; at: number }>(MOST)
  let serial = 0
  let suppressed = 0

  const allow = ({ uid, kind, name }: Regarding, now: number): boolean => {
    const key = `${uid} ${kind} ${name}`
    const { left, at } = allowances.get(key) ?? { left: BURST, at: now }
    const filled = Math.min(BURST, left + (now - at) / REFILL)
    allowances.set(key, { left: filled < 1 ? filled : filled - 1, at: now })
    return filled >= 1
  }
  const take = (occurrence: Occurrence, now: number) => Object.assign(occurrence, { sending: true, lastSent: now })
  const isDue = ({ dirty, sending, lastSent }: Occurrence, now: number) =>
    dirty && !sending && now - lastSent >= SPACING

  return {
    add(facts) {
      const now = clock.monotonic()
      const { regarding, type, reason, action, note } = facts
      const key = [regarding.uid, regarding.kind, regarding.namespace, regarding.name, type, reason, action, note].join(
        '\n',
      )
      const known = live.get(key)
      if (known && now - known.lastSeen < WINDOW) {
        known.count++
        known.event.series = { count: known.count, lastObservedTime: stamp(clock.wall()) }
        Object.assign(known, { dirty: true, lastSeen: now })
        live.set(key, known)
        return isDue(known, now) ? take(known, now) : undefined
      }
      if (!allow(regarding, now)) {
        suppressed++
        return undefined
      }
      const event = newEvent(facts, instance, clock.wall(), serial++)
      const started = { event, created: false, sending: false, dirty: true, count: 1, lastSeen: now, lastSent: now }
      live.set(key, started)
      return take(started, now)
    },
    due(all = false) {
      const now = clock.monotonic()
      const chosen = live.values().filter((each) => (all ? each.dirty && !each.sending : isDue(each, now)))
      return chosen.map((each) => take(each, now))
    },
    hasDirty: () => live.values().some(({ dirty }) => dirty),
    suppressed: () => suppressed,
  }
}

function newEvent(
  { regarding, type, reason, action, note }: EventFacts,
  instance: string,
  wall: number,
  serial: number,
): RawEvent {
  const unique = (BigInt(wall) * 1_000_000n + BigInt(serial % 1_000_000)).toString(16)
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // Events about cluster-wide objects live in default, as kubectl expects.
    metadata: { name: `${regarding.name.slice(0, 230)}.${unique}`, namespace: regarding.namespace ?? 'default' },
    eventTime: stamp(wall),
    reportingController: 'callbots.dev/operator',
    reportingInstance: instance,
    regarding,
    type,
    reason,
    action,
    note: Buffer.from(note).subarray(0, 1024).toString(),
  }
}

/** A map of bounded size that forgets what was set longest ago. */
class Recent<T> {
  private readonly map = new Map<string, T>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  get(key: string): T | undefined {
    return this.map.get(key)
  }

  set(key: string, value: T): void {
    this.map.delete(key)
    this.map.set(key, value)
    if (this.map.size > this.most) this.map.delete(this.map.keys().next().value!)
  }

  values(): T[] {
    return [...this.map.values()]
  }
}
