/**
 * Which slot of a schedule starts a drill now. A slot is decided once: it starts a drill, is skipped, or is missed; then the status of the
 * Integration says up to when slots have been decided, and nothing looks back beyond that. So neither a crash, nor another leader, nor a clock
 * that is set back makes a slot count twice. Instants are epoch milliseconds.
 */
import { fingerprint } from '../../lib/canonical.ts'
import { blackoutAt, type Blackout } from './blackouts.ts'
import { nextSlot, slotsBetween, type Schedule } from './schedule.ts'

export interface SlotRules {
  readonly schedule: Schedule
  readonly suspend: boolean
  readonly startingDeadlineSeconds: number
  /** Longest delay of a start; see `startOf`. */
  readonly jitterSeconds: number
  readonly blackouts: readonly Blackout[]
  /** Of the Integration: the delay differs from one to the next. */
  readonly uid: string
}

export interface SlotFacts {
  readonly now: number
  /** When the operator first saw the schedule as it is now: no earlier slot is any of its business. */
  readonly since: number
  /** Slots up to this one have been decided. */
  readonly decidedUntil: number | undefined
  /** Slots for which there is a drill object of this Integration. */
  readonly started: ReadonlySet<number>
  /** A drill of the Integration has not ended: it runs, or waits to (concurrencyPolicy: Forbid). */
  readonly isRunning: boolean
}

export interface DecidedSlot {
  readonly slot: number
  readonly outcome: 'Started' | 'Skipped' | 'Missed'
  readonly because: string
}

export interface SlotDecision {
  /** Decided now, oldest first. Of those that are too late at most a hundred are named. */
  readonly decided: readonly DecidedSlot[]
  /** Of those that are named. */
  readonly missed: number
  /** More were too late than are named: they are decided, and nobody has asked which of them a blackout covers. */
  readonly hasMore: boolean
  /** To be persisted before the drill of `due` is made: the last decided slot, or later. Undefined: none was ever decided. */
  readonly decidedUntil: number | undefined
  /** The slot whose drill has to start now. */
  readonly due: number | undefined
  /** When the next drill starts, delay included. Undefined: never, or not in the foreseeable time of blackouts. For people. */
  readonly nextStart: number | undefined
  /** When to decide again without an event: at the start of the next slot at the latest, even if it is in a blackout. */
  readonly recheckAt: number | undefined
}

/** A drill that ends just then costs no slot; nor does one that has ended, and whose end a new leader has not seen yet. Seconds. */
const STILL_RUNS_SECONDS = 10

/** One cycle decides on so many slots at most. */
const MOST_SLOTS = 100
const SECOND = 1000

export function decideSlots(rules: SlotRules, facts: SlotFacts): SlotDecision {
  const from = Math.max(facts.since, facts.decidedUntil ?? facts.since)
  const nothing = { decided: [], missed: 0, hasMore: false, decidedUntil: facts.decidedUntil, due: undefined }
  if (rules.suspend) return { ...nothing, nextStart: undefined, recheckAt: undefined }
  const late = skipMissed(rules, from, facts)
  const decided: DecidedSlot[] = [...late.decided]
  let until = late.until
  let due: number | undefined
  let waitUntil: number | undefined
  for (const slot of slotsBetween(rules.schedule, until, facts.now, MOST_SLOTS)) {
    const decision = decideOne(rules, facts, slot)
    if (decision === 'Due') {
      due = slot
      break
    }
    if ('waitUntil' in decision) {
      waitUntil = decision.waitUntil
      break
    }
    decided.push(decision)
    until = slot
  }
  const next = nextStarts(rules, due ?? until, facts.now)
  const isUnfinished = due === undefined && decided.length >= MOST_SLOTS
  return {
    decided,
    missed: decided.filter(({ outcome }) => outcome === 'Missed').length,
    hasMore: late.hasMore,
    decidedUntil: until > from ? until : facts.decidedUntil,
    due,
    nextStart: next.ofDrill,
    recheckAt: isUnfinished ? facts.now : earlier(waitUntil, next.ofSlot),
  }
}

const earlier = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

/** Those that are too late whatever the delay, at a stroke: after a year without an operator there may be half a million. */
function skipMissed(rules: SlotRules, from: number, { now, started }: SlotFacts) {
  const { schedule, startingDeadlineSeconds, jitterSeconds } = rules
  const cutoff = now - (startingDeadlineSeconds + jitterSeconds) * SECOND - 1
  const slots = slotsBetween(schedule, from, cutoff, MOST_SLOTS + 1)
  const decided = slots
    .slice(0, MOST_SLOTS)
    .map((slot) => (started.has(slot) ? wasStarted(slot) : (inBlackout(rules, slot) ?? tooLate(slot))))
  const hasMore = slots.length > MOST_SLOTS
  return { decided, hasMore, until: hasMore ? cutoff : (decided.at(-1)?.slot ?? from) }
}

const wasStarted = (slot: number): DecidedSlot => ({ slot, outcome: 'Started', because: 'its drill exists' })

const tooLate = (slot: number): DecidedSlot => ({
  slot,
  outcome: 'Missed',
  because: 'no operator could start it before startingDeadlineSeconds had passed',
})

/** However late it is decided: no operator had to start it. */
function inBlackout(rules: SlotRules, slot: number, start = startOf(rules, slot)): DecidedSlot | undefined {
  const blackout = blackoutAt(start, rules.blackouts, rules.schedule)
  return blackout && { slot, outcome: 'Skipped', because: `it is in the blackout ${blackout.name}` }
}

function decideOne(rules: SlotRules, facts: SlotFacts, slot: number): DecidedSlot | { waitUntil: number } | 'Due' {
  if (facts.started.has(slot)) return wasStarted(slot)
  const start = startOf(rules, slot)
  if (start > facts.now) return { waitUntil: start }
  const skipped = inBlackout(rules, slot, start)
  if (skipped !== undefined) return skipped
  if (facts.now - start > rules.startingDeadlineSeconds * SECOND) return tooLate(slot)
  if (!facts.isRunning) return 'Due'
  const waitUntil = start + Math.min(STILL_RUNS_SECONDS, rules.startingDeadlineSeconds) * SECOND
  return facts.now < waitUntil
    ? { waitUntil }
    : { slot, outcome: 'Skipped', because: 'a drill of the Integration runs' }
}

/**
 * When the drill of a slot starts: after a delay that looks random, is the same for everyone who asks, and ends before the next slot, so that
 * slots keep their order.
 */
export function startOf({ schedule, jitterSeconds, uid }: SlotRules, slot: number): number {
  if (jitterSeconds === 0) return slot
  const gap = (nextSlot(schedule, slot) ?? Infinity) - slot
  const share = Number.parseInt(fingerprint({ uid, slot }).slice(0, 8), 16) / 2 ** 32
  return slot + Math.floor(share * Math.min(jitterSeconds * SECOND, gap))
}

/** The next start after `slot` and after now, and the next one that no blackout covers. */
function nextStarts(rules: SlotRules, slot: number, now: number): { ofSlot?: number; ofDrill?: number } {
  let ofSlot: number | undefined
  let at: number | undefined = Math.max(slot, now - rules.jitterSeconds * SECOND)
  for (let tries = 0; tries < MOST_SLOTS; tries++) {
    at = nextSlot(rules.schedule, at)
    if (at === undefined) break
    const start = startOf(rules, at)
    if (start <= now) continue
    ofSlot ??= start
    if (blackoutAt(start, rules.blackouts, rules.schedule) === undefined) return { ofSlot, ofDrill: start }
  }
  return { ofSlot }
}

/** Whether the newest passed drill is older than the schedule allows; without one, the schedule itself. */
export const isOverdue = (o: {
  now: number
  since: number
  lastPassed: number | undefined
  overdueAfterSeconds: number
}) => o.now - Math.max(o.since, o.lastPassed ?? o.since) > o.overdueAfterSeconds * SECOND

export interface FinishedDrill {
  readonly name: string
  readonly uid: string
  readonly slot: number
  readonly passed: boolean
}

/** Finished drills beyond the limits of the history, oldest first. That of the newest slot stays: it shows that the slot was run. */
export function drillsToRemove(
  finished: readonly FinishedDrill[],
  limits: { readonly successful: number; readonly failed: number },
): FinishedDrill[] {
  const newestFirst = [...finished].sort((a, b) => b.slot - a.slot)
  const beyond = (passed: boolean, limit: number) => newestFirst.filter((drill) => drill.passed === passed).slice(limit)
  return [...beyond(true, limits.successful), ...beyond(false, limits.failed)]
    .filter((drill) => drill !== newestFirst[0])
    .sort((a, b) => a.slot - b.slot)
}
