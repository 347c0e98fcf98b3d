// @seconds 5
import { expect } from 'chai'
import fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { binary, cronPeer, ensureBinaries } from '../../../hack/cluster/binaries.ts'
import { readSchedule, slotsBetween, wallClock } from '../../../src/rules/drill/schedule.ts'
import { randomSchedules } from '../../harness/schedules.ts'
import { clockChanges, explainSlots } from '../../harness/time-zones.ts'

const HOUR = 3_600_000
const AWAY = [
  '30 6 * * 1',
  '0 0 1,15 * MON',
  '0 12 */2 * 1',
  '5/20 3 * * *',
  '0 0 29 2 *',
  '15 8-18/3 * JAN-JUN,OCT FRI',
  '0 9 31 * *',
]
const AROUND = [
  '12,54 * * * *',
  '30 2 * * *',
  '*/20 1-3 * * *',
  '0 0 * * *',
  '15 0 * * SUN',
  '0 */2 * * *',
  '30 23 * * *',
  '0 3 * * *',
]

interface Question {
  schedule: string
  timeZone: string
  after: number
  until: number
}

interface Answer {
  slots: number[] | null
  /** From UTC, of every half hour, in seconds. */
  offsets: number[]
}

/** Go brings a time zone database of its own, of another release than that of Node. */
const isSameDatabase = ({ timeZone, after }: Question, { offsets }: Answer) =>
  offsets.every((offset, index) => {
    const at = after + (index * HOUR) / 2
    return wallClock(at, timeZone) - at === offset * 1000
  })

const ours = ({ schedule, timeZone, after, until }: Question): number[] | null => {
  const read = readSchedule(schedule, timeZone)
  return 'schedule' in read ? slotsBetween(read.schedule, after, until, 10_000) : null
}

describe("a schedule, beside Kubernetes' CronJobs (robfig/cron)", function () {
  this.timeout(300_000)
  before(() => ensureBinaries([cronPeer]))

  const theirs = (questions: readonly Question[]): Answer[] => {
    const input = questions.map((each) => JSON.stringify(each)).join('\n')
    const { stdout, status } = spawnSync(binary(cronPeer, 'cron-peer'), { input, maxBuffer: 1 << 28 })
    expect(status).to.equal(0)
    return stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer)
  }

  it('is the same over nine years where no clock changes', () => {
    const questions = AWAY.map((schedule) => ({
      ...{ schedule, timeZone: 'Etc/UTC' },
      ...{ after: Date.parse('2020-01-01T00:00Z'), until: Date.parse('2029-01-01T00:00Z') },
    }))
    expect(questions.map(ours)).to.deep.equal(theirs(questions).map(({ slots }) => slots))
  })

  it('is the same where no clock changes, for any schedule, also with days of the month and of the week', () => {
    const seed = randomInt(2 ** 30)
    const schedules = fc.sample(randomSchedules, { numRuns: 300, seed })
    const questions = schedules.map((schedule, index) => ({
      ...{ schedule, timeZone: 'Etc/UTC' },
      ...{
        after: Date.parse('2024-02-26T00:00Z') + index * 24 * HOUR,
        until: Date.parse('2024-03-02T00:00Z') + index * 24 * HOUR,
      },
    }))
    const answers = theirs(questions)
    let slots = 0
    for (const [index, question] of questions.entries()) {
      const own = ours(question)
      // A day that never comes is refused here.
      expect(own ?? [], `${question.schedule}, seed ${seed}`).to.deep.equal(answers[index]!.slots)
      slots += own?.length ?? 0
    }
    expect(slots).to.be.greaterThan(1_000)
  })

  it('is refused where theirs is, except that 7 is Sunday here; and more is refused here: a day that never comes', () => {
    const ask = (schedule: string) => {
      const question = { schedule, timeZone: 'Etc/UTC', after: 0, until: 1 }
      return [ours(question), theirs([question])[0]!.slots]
    }
    for (const schedule of [
      '50-10 * * * *',
      '0 0 * * SAT-SUN',
      '60 * * * *',
      '0 24 * * *',
      '*/0 * * * *',
      '0 0 0 * *',
      '0 0 * * 8',
    ]) {
      expect(ask(schedule), schedule).to.deep.equal([null, null])
    }
    expect(ask('0 0 * * 7')).to.deep.equal([[], null])
    expect(ask('0 0 30 2 *')).to.deep.equal([null, []])
  })

  it('differs around changes of the clocks of every zone only where the two say so', () => {
    const changes = clockChanges('2022-01-01T00:00Z', '2025-01-01T00:00Z')
    expect(new Set(changes.map(({ zone }) => zone)).size).to.be.greaterThan(120)
    const asked = changes.flatMap((change) =>
      AROUND.map((schedule) => ({
        change,
        question: { schedule, timeZone: change.zone, after: change.at - 12 * HOUR, until: change.at + 12 * HOUR },
      })),
    )
    const answers = theirs(asked.map(({ question }) => question))
    const comparable = asked
      .map((each, index) => ({ ...each, answer: answers[index]! }))
      .filter(({ question, answer }) => isSameDatabase(question, answer))
    expect(comparable.length).to.be.greaterThan(asked.length * 0.95)
    const differences = new Set(
      comparable.flatMap(({ change, question, answer }) => explainSlots(change, ours(question)!, answer.slots!)),
    )
    // It drops what the clocks skip, and is due in both passes of an hour that is there twice. It adds whole hours until one matches, and
    // loses its place where clocks change by half an hour (Lord Howe), or a minute past the hour (Casey).
    expect([...differences].sort()).to.deep.equal([
      'ours alone: around a change that is not of whole hours',
      'ours alone: at the end of the gap',
      'theirs alone: around a change that is not of whole hours',
      'theirs alone: in the second pass',
    ])
  })
})
