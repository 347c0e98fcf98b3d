import { expect } from 'chai'
import fc from 'fast-check'
import { slotsBetween } from '../../../../src/rules/drill/schedule.ts'
import { decideSlots, drillsToRemove, isOverdue, startOf, type SlotFacts } from '../../../../src/rules/drill/slots.ts'
import { clockChanges } from '../../../harness/time-zones.ts'
import { MONDAY, scheduleOf, slotRules as rules } from '../../../harness/slot-rules.ts'
import { costOf } from '../../../harness/event-loop.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const facts = (given: Partial<SlotFacts> = {}): SlotFacts => ({
  ...{ now: MONDAY, since: MONDAY - 24 * HOUR, decidedUntil: undefined, started: new Set<number>(), isRunning: false },
  ...given,
})
const outcomes = (given: ReturnType<typeof decideSlots>) =>
  given.decided.map(({ outcome, because }) => `${outcome}: ${because}`)

describe('a slot', () => {
  it('is due at its time and not before', () => {
    expect(decideSlots(rules(), facts({ now: MONDAY - 1 }))).to.include({
      due: undefined,
      nextStart: MONDAY,
      recheckAt: MONDAY,
    })
    expect(decideSlots(rules(), facts()).due).to.equal(MONDAY)
  })

  it('that was before the schedule, or before it was changed, is nobody’s business', () => {
    const decision = decideSlots(rules(), facts({ now: MONDAY + MINUTE, since: MONDAY }))
    expect(decision).to.deep.include({ due: undefined, decided: [], missed: 0 })
  })

  it('is still due within startingDeadlineSeconds, and is missed and recorded after that', () => {
    expect(decideSlots(rules(), facts({ now: MONDAY + 600_000 })).due).to.equal(MONDAY)
    const late = decideSlots(rules(), facts({ now: MONDAY + 600_001 }))
    expect(late).to.include({ due: undefined, missed: 1, decidedUntil: MONDAY })
    expect(outcomes(late)[0]).to.match(/^Missed: no operator could start it/)
  })

  it('is skipped, and recorded, while a drill runs or in a blackout', () => {
    const running = decideSlots(rules(), facts({ isRunning: true, now: MONDAY + 10_000 }))
    expect(outcomes(running)).to.deep.equal(['Skipped: a drill of the Integration runs'])
    const blackouts = [{ name: 'mornings', days: ['Mon' as const], from: '06:00', until: '07:00' }]
    const decision = decideSlots(rules({ blackouts }), facts())
    expect(outcomes(decision)).to.deep.equal(['Skipped: it is in the blackout mornings'])
    expect(decision).to.include({ decidedUntil: MONDAY, due: undefined, nextStart: undefined })
  })

  it('is not skipped for a drill that ends within 10 s, or whose end a new leader has yet to see: it waits for that', () => {
    const waiting = decideSlots(rules(), facts({ isRunning: true, now: MONDAY + 3_000 }))
    expect(waiting).to.deep.include({ decided: [], due: undefined, decidedUntil: undefined })
    expect(waiting.recheckAt).to.equal(MONDAY + 10_000)
    expect(decideSlots(rules(), facts({ now: MONDAY + 4_000 })).due).to.equal(MONDAY)
    const hurried = rules({ startingDeadlineSeconds: 5 })
    expect(outcomes(decideSlots(hurried, facts({ isRunning: true, now: MONDAY + 5_000 })))).to.deep.equal([
      'Skipped: a drill of the Integration runs',
    ])
  })

  it('whose drill exists was started, though nobody had time to say so', () => {
    const decision = decideSlots(rules(), facts({ now: MONDAY + MINUTE, started: new Set([MONDAY]) }))
    expect(decision).to.include({ due: undefined, decidedUntil: MONDAY, missed: 0 })
    expect(outcomes(decision)).to.deep.equal(['Started: its drill exists'])
  })

  it('whose drill exists was not missed, though the operator was away until long after it', () => {
    const decision = decideSlots(rules(), facts({ now: MONDAY + HOUR, started: new Set([MONDAY]) }))
    expect(decision).to.include({ due: undefined, decidedUntil: MONDAY, missed: 0 })
    expect(outcomes(decision)).to.deep.equal(['Started: its drill exists'])
  })

  it('is not due while drills are suspended, and leaves nothing to catch up', () => {
    expect(decideSlots(rules({ suspend: true }), facts())).to.include({
      due: undefined,
      nextStart: undefined,
      recheckAt: undefined,
    })
  })

  it('knows blackouts over midnight, and over days', () => {
    const at = (now: string, blackout: object) =>
      outcomes(
        decideSlots(
          rules({ cron: '* * * * *', blackouts: [{ name: 'it', days: [], ...blackout }] }),
          facts({ now: Date.parse(now), since: Date.parse(now) - 1 }),
        ),
      ).length === 1
    const night = { days: ['Fri' as const], from: '22:00', until: '06:00' }
    expect(at('2026-11-27T21:00:00Z', night)).to.equal(true) // Friday 22:00
    expect(at('2026-11-28T04:59:00Z', night)).to.equal(true)
    expect(at('2026-11-28T05:00:00Z', night)).to.equal(false)
    expect(at('2026-11-28T21:00:00Z', night)).to.equal(false) // Saturday
    const christmas = { firstDay: '2026-12-23', lastDay: '2027-01-03' }
    expect(at('2026-12-22T22:59:00Z', christmas)).to.equal(false)
    expect(at('2026-12-22T23:00:00Z', christmas)).to.equal(true) // midnight in Paris
    expect(at('2027-01-03T22:59:00Z', christmas)).to.equal(true)
    expect(at('2027-01-03T23:00:00Z', christmas)).to.equal(false)
  })

  it('starts after the same delay whoever asks, another one for each Integration, and before the next slot', () => {
    const every = (uid: string) => rules({ cron: '*/10 * * * *', jitterSeconds: 3600, uid })
    const delays = Array.from({ length: 50 }, (_, index) => startOf(every(`uid-${index}`), MONDAY) - MONDAY)
    expect(new Set(delays).size).to.be.greaterThan(40)
    expect(Math.min(...delays)).to.be.at.least(0)
    expect(Math.max(...delays)).to.be.below(10 * MINUTE)
    expect(startOf(every('uid-7'), MONDAY) - MONDAY).to.equal(delays[7])
  })

  it('after a year without an operator costs a moment: a hundred are named, and that there were more is known', () => {
    const decide = () => decideSlots(rules({ cron: '* * * * *' }), facts({ since: MONDAY - 365 * 24 * HOUR }))
    expect(costOf(decide), 'milliseconds of a core').to.be.below(200)
    expect(decide()).to.include({ missed: 100, hasMore: true, due: MONDAY - 600_000 })
  })
})

describe('slots, whatever the clock, the operator and people do', () => {
  /** What happens, one after the other. Steps of the clock in minutes. */
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 90 }) }) },
    fc.record({ setClock: fc.integer({ min: -180, max: 180 }) }),
    fc.record({ down: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ suspend: fc.integer({ min: 1, max: 120 }) }),
    fc.record({ crash: fc.constantFrom('before the creation', 'after the creation') }),
  )
  const jitter = fc.constantFrom(0, 60, 900)

  /** Around every change of the clocks of every zone. */
  const change = fc.constantFrom(...clockChanges('2024-01-01T00:00Z', '2027-01-01T00:00Z'))

  it('are each decided once, in order, and run only in their time; and each is decided unless the clock is set or drills are suspended', function () {
    this.timeout(60_000)
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 40 }),
        jitter,
        fc.constantFrom('*/20 * * * *', '30 * * * *', '5 2 * * *', '30 0-3 * * *'),
        change,
        fc.boolean(),
        (all, jitterSeconds, cron, { zone, at }, isCalm) => {
          const events = isCalm ? all.filter((what) => !('setClock' in what || 'suspend' in what)) : all
          const begin = at - 6 * HOUR
          let now = begin
          let since = now
          const decided = new Set<number>()
          let decidedUntil: number | undefined
          const started = new Set<number>()
          const runs: number[] = []
          const known = rules({ schedule: scheduleOf(cron, zone), jitterSeconds })
          const cycle = (crash?: string) => {
            const decision = decideSlots(known, { now, since, decidedUntil, started, isRunning: false })
            const slots = decision.decided.map(({ slot }) => slot)
            expect(slots).to.deep.equal([...slots].sort((a, b) => a - b))
            for (const slot of slots) expect(slot).to.be.greaterThan(Math.max(since, decidedUntil ?? since))
            for (const slot of slots) decided.add(slot)
            for (const { slot, outcome } of decision.decided)
              if (outcome === 'Missed') expect(started.has(slot)).to.equal(false)
            decidedUntil = decision.decidedUntil
            if (decision.due === undefined || crash === 'before the creation') return
            if (!started.has(decision.due)) runs.push(decision.due)
            started.add(decision.due)
            expect(now - startOf(known, decision.due)).to.be.within(0, 600_000)
          }
          for (const what of events) {
            if ('pass' in what) for (let minute = 0; minute < what.pass; minute++, now += MINUTE) cycle()
            else if ('setClock' in what) now += what.setClock * MINUTE
            else if ('down' in what) cycle(void (now += what.down * MINUTE))
            else if ('suspend' in what) since = Math.max(since, (now += what.suspend * MINUTE))
            else cycle(what.crash)
          }
          expect(new Set(runs).size).to.equal(runs.length)
          if (!isCalm) return
          const due = slotsBetween(known.schedule, begin, now - 600_001 - jitterSeconds * 1_000, 10_000)
          cycle()
          expect(
            due.filter((slot) => !decided.has(slot)),
            `${cron} in ${zone}`,
          ).to.deep.equal([])
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the history of drills', () => {
  const drill = (slot: number, passed: boolean) => ({ name: `cabinet-${slot}`, uid: `uid-${slot}`, slot, passed })
  const names = (found: { name: string }[]) => found.map(({ name }) => name)

  it('keeps the newest passed and the newest other ones, and removes the oldest first', () => {
    const all = [drill(5, true), drill(1, true), drill(2, false), drill(3, true), drill(4, false)]
    expect(names(drillsToRemove(all, { successful: 2, failed: 1 }))).to.deep.equal(['cabinet-1', 'cabinet-2'])
  })

  it('keeps that of the newest slot whatever the limits, for it shows that the slot was run', () => {
    const all = [drill(1, true), drill(2, true), drill(3, false)]
    expect(names(drillsToRemove(all, { successful: 0, failed: 0 }))).to.deep.equal(['cabinet-1', 'cabinet-2'])
  })

  it('is overdue when the newest passed drill, or without one the schedule, is too old', () => {
    const day = 86_400
    const overdue = (now: number, lastPassed?: number) =>
      isOverdue({ now, since: 0, lastPassed, overdueAfterSeconds: day })
    expect(overdue(day * 1000)).to.equal(false)
    expect(overdue(day * 1000 + 1)).to.equal(true)
    expect(overdue(day * 1000 + 1, 5000)).to.equal(false)
    expect(overdue(day * 1000 + 5001, 5000)).to.equal(true)
  })
})
