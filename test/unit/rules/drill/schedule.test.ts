import { expect } from 'chai'
import { Cron as Croner } from 'croner'
import fc from 'fast-check'
import {
  nextSlot,
  readSchedule,
  showSlot,
  slotsBetween,
  wallClock,
  type Schedule,
} from '../../../../src/rules/drill/schedule.ts'
import { randomSchedules } from '../../../harness/schedules.ts'
import { clockChanges, explainSlots } from '../../../harness/time-zones.ts'
import { costOf } from '../../../harness/event-loop.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const scheduleOf = (text: string, zone = 'UTC'): Schedule => {
  const read = readSchedule(text, zone)
  if (!('schedule' in read)) throw new Error(`${text} in ${zone}: ${read.problem}`)
  return read.schedule
}
const problemOf = (text: string, zone = 'UTC') => {
  const read = readSchedule(text, zone)
  return 'problem' in read ? `${read.field}: ${read.problem}` : undefined
}
const slots = (text: string, zone: string, from: string, until: string) => {
  const schedule = scheduleOf(text, zone)
  return slotsBetween(schedule, Date.parse(from) - 1, Date.parse(until), 1000).map((slot) => showSlot(slot, schedule))
}

/** Whether the five fields match what clocks show, written a second time and without a calendar of ours. */
function matches(text: string, wall: number): boolean {
  const [minute, hour, day, month, weekDay] = text.split(' ') as [string, string, string, string, string]
  const at = new Date(wall)
  const has = (field: string, value: number, least: number, most: number) =>
    field.split(',').some((part) => {
      const [range = '', step = '1'] = part.split('/')
      const [low = '', high] = range === '*' ? [String(least), String(most)] : range.split('-')
      const top = high ?? (part.includes('/') ? String(most) : low)
      return value >= Number(low) && value <= Number(top) && (value - Number(low)) % Number(step) === 0
    })
  const isOpen = (field: string) => field.split(',').some((part) => part === '*' || part === '*/1')
  const onDay = has(day, at.getUTCDate(), 1, 31)
  const onWeekDay = has(weekDay, at.getUTCDay(), 0, 6) || has(weekDay, at.getUTCDay() + 7, 0, 6)
  const isToday = isOpen(day) || isOpen(weekDay) ? onDay && onWeekDay : onDay || onWeekDay
  return (
    isToday &&
    has(minute, at.getUTCMinutes(), 0, 59) &&
    has(hour, at.getUTCHours(), 0, 23) &&
    has(month, at.getUTCMonth() + 1, 1, 12)
  )
}

/** By looking at the clocks every minute: whatever they show for the first time, or have passed over, is due. */
function watched(text: string, zone: string, from: number, until: number): number[] {
  const due: number[] = []
  let latest = Math.max(...[0, 1, 2, 3].map((hours) => wallClock(from - hours * HOUR, zone)))
  for (let at = from + MINUTE; at <= until; at += MINUTE) {
    const shown = wallClock(at, zone)
    let isDue = false
    for (let time = latest + MINUTE; time <= shown; time += MINUTE) isDue ||= matches(text, time)
    latest = Math.max(latest, shown)
    if (isDue) due.push(at)
  }
  return due
}

const randomSchedule = randomSchedules.filter((text) => problemOf(text) === undefined)
const changes = clockChanges('2023-01-01T00:00Z', '2025-01-01T00:00Z')

describe('a schedule', () => {
  it('is refused with the cure when a range runs backwards, a value is out of range, or a name is unknown', () => {
    expect(problemOf('50-10 * * * *')).to.equal('schedule: minute 50-10 ends before it begins: write 50-59,0-10')
    expect(problemOf('0 0 * * SAT-SUN')).to.include('write SAT-SAT,SUN-SUN')
    expect(problemOf('0 24 * * *')).to.include('hour can not be "24"')
    expect(problemOf('*/0 * * * *')).to.include('minute can not be "*/0"')
    expect(problemOf('0 0 * JANUARY *')).to.include('month can not be')
    expect(problemOf('0 0 0 * *')).to.include('day of month can not be "0"')
    expect(problemOf('0 0 * *')).to.include('five fields')
    expect(problemOf(`0 0 * * ${'1,'.repeat(60)}1`)).to.include('five fields')
    expect(problemOf('0 0 * * 1', 'Europe/Pariss')).to.equal(
      'timeZone: Europe/Pariss is not a time zone of the IANA database: write one, such as Europe/Paris',
    )
    expect(problemOf('0 0 * * 1', '+01:00')).to.include('is not a time zone')
  })

  it('is refused when its day never comes', () => {
    expect(problemOf('0 0 30 2 *')).to.equal('schedule: day 30 never comes in month 2: correct one of them')
    expect(problemOf('0 0 31 APR,JUN,SEP,NOV *')).to.include('never comes')
    expect(problemOf('0 0 29 2 *')).to.equal(undefined)
    expect(problemOf('0 0 30 2 MON')).to.equal(undefined) // every Monday of February
  })

  it('knows 7 as Sunday, names of months and days, and N/STEP as N to the end', () => {
    expect(slots('0 9 * FEB 7', 'UTC', '2026-01-01T00:00Z', '2026-12-31T00:00Z')).to.deep.equal(
      slots('0 9 * 2 SUN', 'UTC', '2026-01-01T00:00Z', '2026-12-31T00:00Z'),
    )
    expect(slots('40/10 0 1 1 *', 'UTC', '2026-01-01T00:00Z', '2026-12-31T00:00Z')).to.deep.equal([
      '2026-01-01 00:40+00:00',
      '2026-01-01 00:50+00:00',
    ])
  })

  it('is due at the end of the gap when the clocks skip its time in spring, once', () => {
    const due = slots('10,30,50 2 * * *', 'Europe/Paris', '2026-03-28T12:00Z', '2026-03-29T12:00Z')
    expect(due).to.deep.equal(['2026-03-29 03:00+02:00'])
  })

  it('is due in the first pass alone when the clocks show its time twice in autumn', () => {
    const due = slots('12,54 2 * * *', 'Europe/Paris', '2026-10-24T12:00Z', '2026-10-25T12:00Z')
    expect(due).to.deep.equal(['2026-10-25 02:12+02:00', '2026-10-25 02:54+02:00'])
  })

  it('knows a change of half an hour, and one at midnight', () => {
    expect(slots('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-04T00:00Z')).to.deep.equal([
      '2026-10-04 02:30+11:00',
    ])
    expect(slots('0 0 * * *', 'Africa/Cairo', '2026-04-23T12:00Z', '2026-04-24T12:00Z')).to.deep.equal([
      '2026-04-24 01:00+03:00',
    ])
  })

  it('on 29 February alone takes a millisecond to find, and waits eight years over the turn of a century', () => {
    const schedule = scheduleOf('0 0 29 2 *', 'Europe/Paris')
    const after = Date.parse('2096-03-01T00:00Z')
    expect(
      costOf(() => nextSlot(schedule, after), 20),
      'milliseconds of a core',
    ).to.be.below(20)
    expect(showSlot(nextSlot(schedule, after)!, schedule)).to.equal('2104-02-29 00:00+01:00')
  })

  it('has the slots that somebody notes who looks at the clock every minute, around every change of every zone', function () {
    this.timeout(60_000)
    expect(changes.length).to.be.greaterThan(400)
    expect(new Set(changes.map(({ zone }) => zone)).size).to.be.greaterThan(120)
    const samples = fc.sample(randomSchedule, { numRuns: 40, seed: 13 })
    changes.forEach(({ zone, at }, index) => {
      for (const text of ['10,30,50 * * * *', samples[index % samples.length]!]) {
        const [from, until] = [at - 3 * HOUR, at + 3 * HOUR]
        const found = slotsBetween(scheduleOf(text, zone), from, until, 1000)
        expect(found, `${text} in ${zone}`).to.deep.equal(watched(text, zone, from, until))
      }
    })
  })

  it('has the slots that somebody notes who looks at the clock every minute, for any schedule', function () {
    this.timeout(60_000)
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    const day = fc.integer({ min: 0, max: 3 * 366 }).map((days) => Date.parse('2023-01-01T00:00Z') + days * 24 * HOUR)
    fc.assert(
      fc.property(randomSchedule, zones, day, (text, zone, from) => {
        const until = from + 26 * HOUR
        const found = slotsBetween(scheduleOf(text, zone), from, until, 2000)
        expect(found).to.deep.equal(watched(text, zone, from, until))
      }),
      { numRuns: 60 },
    )
  })

  it('has no two slots at one instant, each after the one before, and the next of an instant is after it', () => {
    const instant = fc.integer({ min: Date.parse('2000-01-01T00:00Z'), max: Date.parse('2050-01-01T00:00Z') })
    fc.assert(
      fc.property(randomSchedule, fc.constantFrom(...changes), instant, (text, { zone }, from) => {
        const schedule = scheduleOf(text, zone)
        const first = nextSlot(schedule, from)!
        const second = nextSlot(schedule, first)!
        expect(first).to.be.greaterThan(from)
        expect(second).to.be.greaterThan(first)
        expect(nextSlot(schedule, first - 1)).to.equal(first)
        expect(nextSlot(schedule, second - 1)).to.equal(second)
      }),
    )
  })
})

describe('a schedule, beside croner', () => {
  /** It refuses N/STEP, and a step that is longer than its field. */
  const isKnown = (text: string) => {
    try {
      return new Croner(text) instanceof Croner
    } catch {
      return false
    }
  }

  /** The slots of croner, by asking it for the next of the one before. */
  function cronerSlots(text: string, zone: string, from: number, until: number): number[] {
    const peer = new Croner(text, { timezone: zone })
    const found: number[] = []
    for (let next = peer.nextRun(new Date(from)); next !== null && next.getTime() <= until; next = peer.nextRun(next)) {
      found.push(next.getTime())
      if (found.length > 2000) throw new Error(`${text} in ${zone} has no end in croner`)
    }
    return found
  }

  it('is the same away from changes of the clocks, for any schedule with day or day of week open', function () {
    this.timeout(60_000)
    const known = randomSchedule.filter((text) => {
      const [, , day, , weekDay] = text.split(' ')
      return isKnown(text) && (day === '*' || weekDay === '*')
    })
    fc.assert(
      fc.property(known, fc.integer({ min: 0, max: 700 }), (text, days) => {
        const from = Date.parse('2023-01-01T00:00Z') + days * 24 * HOUR
        const until = from + 30 * HOUR
        expect(slotsBetween(scheduleOf(text), from, until, 2000)).to.deep.equal(cronerSlots(text, 'UTC', from, until))
      }),
      { numRuns: 60 },
    )
  })

  it('differs around changes of the clocks only where the two say so', function () {
    this.timeout(60_000)
    const differences = new Set<string>()
    for (const change of changes) {
      for (const text of ['12,54 * * * *', '30 2 * * *', '0 0 * * *']) {
        const [from, until] = [change.at - 12 * HOUR, change.at + 12 * HOUR]
        const ours = slotsBetween(scheduleOf(text, change.zone), from, until, 2000)
        const theirs = cronerSlots(text, change.zone, from, until)
        for (const why of explainSlots(change, ours, theirs)) differences.add(why)
      }
    }
    // It drops what the clocks skip, and is due in both passes of an hour that is there twice.
    expect([...differences].sort()).to.deep.equal([
      'ours alone: at the end of the gap',
      'theirs alone: in the second pass',
    ])
  })
})
