import { expect } from 'chai'
import fc from 'fast-check'
import { blackoutAt, type Blackout } from '../../../../src/rules/drill/blackouts.ts'
import { slotsBetween } from '../../../../src/rules/drill/schedule.ts'
import { decideSlots, startOf, type DecidedSlot, type SlotRules } from '../../../../src/rules/drill/slots.ts'
import { clockChanges } from '../../../harness/time-zones.ts'
import { MONDAY, scheduleOf, slotRules } from '../../../harness/slot-rules.ts'
import { costOf } from '../../../harness/event-loop.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const rules = (given: Parameters<typeof slotRules>[0] = {}) => slotRules({ startingDeadlineSeconds: 30, ...given })
const mornings: Blackout = { name: 'mornings', days: [], from: '06:00', until: '07:00' }
const winter: Blackout = { name: 'winter', days: [], firstDay: '2025-10-01', lastDay: '2027-03-31' }

/** What an operator knows that decides on slots, one decision after the other: each drill is made at once, and ends at once. */
class Operator {
  readonly decided: DecidedSlot[] = []
  private readonly rules: SlotRules
  private readonly since: number
  private readonly started = new Set<number>()
  private decidedUntil: number | undefined

  constructor(slotRules: SlotRules, since: number) {
    this.rules = slotRules
    this.since = since
  }

  /** @returns what it decided now, and when to decide again */
  decide(now: number): { decided: readonly DecidedSlot[]; recheckAt: number | undefined } {
    const { since, decidedUntil, started } = this
    const decision = decideSlots(this.rules, { now, since, decidedUntil, started, isRunning: false })
    this.decided.push(...decision.decided)
    this.decidedUntil = decision.decidedUntil
    if (decision.due !== undefined) this.started.add(decision.due)
    return { decided: decision.decided, recheckAt: decision.due === undefined ? decision.recheckAt : now }
  }
}

describe('a slot in a blackout', () => {
  it('is decided at its start, though the next drill is another one', () => {
    const decision = decideSlots(rules({ cron: '0,30 * * * *', blackouts: [mornings] }), {
      ...{ now: MONDAY - MINUTE, since: MONDAY - MINUTE },
      ...{ decidedUntil: undefined, started: new Set<number>(), isRunning: false },
    })
    expect(decision).to.include({ recheckAt: MONDAY, nextStart: MONDAY + 30 * MINUTE })
  })

  it('is looked at when it comes, though no drill starts within a hundred slots', () => {
    const decision = decideSlots(rules({ cron: '* * * * *', blackouts: [winter] }), {
      ...{ now: MONDAY + 1, since: MONDAY },
      ...{ decidedUntil: undefined, started: new Set<number>(), isRunning: false },
    })
    expect(decision).to.include({ recheckAt: MONDAY + MINUTE, nextStart: undefined })
  })

  it('is skipped and not missed, however late the operator comes to it', () => {
    for (const late of [30 * SECOND + 1, HOUR, DAY]) {
      const operator = new Operator(rules({ blackouts: [mornings] }), MONDAY - MINUTE)
      operator.decide(MONDAY + late)
      expect(operator.decided, `${late} ms late`).to.deep.equal([
        { slot: MONDAY, outcome: 'Skipped', because: 'it is in the blackout mornings' },
      ])
    }
  })

  it('costs a moment after a year without an operator: a hundred are named, none of them as missed', () => {
    const fifty = Array.from({ length: 49 }, (_, index) => ({ ...mornings, name: `b-${index}`, from: '06:59' }))
    const known = rules({ cron: '* * * * *', jitterSeconds: 60, blackouts: [...fifty, winter] })
    const decide = () =>
      decideSlots(known, {
        ...{ now: MONDAY, since: MONDAY - 365 * DAY },
        ...{ decidedUntil: undefined, started: new Set<number>(), isRunning: false },
      })
    expect(costOf(decide), 'milliseconds of a core').to.be.below(200)
    const decision = decide()
    expect(decision).to.include({ missed: 0, hasMore: true, due: undefined })
    expect(new Set(decision.decided.map(({ outcome }) => outcome))).to.deep.equal(new Set(['Skipped']))
    expect(decision.decided.length).to.be.within(100, 102)
  })
})

describe('slots in blackouts, whatever their schedule, their zone and the change of its clocks', () => {
  const hour = fc.integer({ min: 0, max: 23 }).map((each) => `${String(each).padStart(2, '0')}:00`)
  const time = fc.constantFrom('00:00', '01:30', '02:00', '02:30', '03:00', '23:59')
  const days = fc.subarray(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const)
  const hours = fc.record({ name: fc.constant('hours'), days, from: fc.oneof(hour, time), until: fc.oneof(hour, time) })
  const given = fc.record({
    change: fc.constantFrom(...clockChanges('2026-01-01T00:00Z', '2027-01-01T00:00Z')),
    cron: fc.constantFrom('*/7 * * * *', '*/20 * * * *', '30 * * * *', '5 2 * * *', '30 0-3 * * *'),
    jitterSeconds: fc.constantFrom(0, 60, 3600),
    startingDeadlineSeconds: fc.constantFrom(10, 600),
    hours: fc.array(hours, { minLength: 1, maxLength: 3 }),
    hasDay: fc.boolean(),
  })
  type Given = typeof given extends fc.Arbitrary<infer T> ? T : never

  function rulesOf({ change: { zone, at }, cron, hasDay, hours: some, ...rest }: Given): SlotRules {
    const day = new Date(at).toISOString().slice(0, 10)
    const ofDay = hasDay ? [{ name: 'day', days: [], firstDay: day, lastDay: day }] : []
    return rules({ ...rest, schedule: scheduleOf(cron, zone), blackouts: [...some, ...ofDay] })
  }
  const reasonFor = (known: SlotRules, slot: number) => {
    const blackout = blackoutAt(startOf(known, slot), known.blackouts, known.schedule)
    return blackout && `it is in the blackout ${blackout.name}`
  }

  it('are each skipped at their start by who looks again when told, and all others run: none is missed', function () {
    this.timeout(120_000)
    const property = fc.property(given, (each) => {
      const known = rulesOf(each)
      const begin = each.change.at - 6 * HOUR
      const operator = new Operator(known, begin)
      let now = begin
      for (let cycle = 0; cycle < 30; cycle++) {
        const { decided, recheckAt } = operator.decide(now)
        for (const { slot } of decided) expect(startOf(known, slot)).to.equal(now)
        expect(recheckAt).to.be.at.least(now)
        now = recheckAt!
      }
      const passed = slotsBetween(known.schedule, begin, now, 1_000).filter((slot) => startOf(known, slot) < now)
      const wanted = passed.map((slot) => ({ slot, because: reasonFor(known, slot) ?? 'its drill exists' }))
      expect(operator.decided.map(({ slot, because }) => ({ slot, because }))).to.deep.equal(wanted)
    })
    fc.assert(property, { numRuns: 40 })
  })

  it('are never missed while the operator is away, and no other one counts as in a blackout', function () {
    this.timeout(120_000)
    const away = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 })
    const property = fc.property(given, away, (each, pauses) => {
      const known = rulesOf(each)
      let now = each.change.at - 6 * HOUR
      const operator = new Operator(known, now)
      for (const minutes of pauses) {
        now += minutes * MINUTE
        operator.decide(now)
        operator.decide(now)
      }
      for (const { slot, outcome, because } of operator.decided) {
        const reason = reasonFor(known, slot)
        if (reason === undefined) expect(because).not.to.match(/blackout/)
        else expect({ outcome, because }).to.deep.equal({ outcome: 'Skipped', because: reason })
      }
    })
    fc.assert(property, { numRuns: 40 })
  })
})
