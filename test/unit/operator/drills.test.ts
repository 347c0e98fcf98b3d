import { expect } from 'chai'
import type { IntegrationStatus } from '../../../src/api/integration.ts'
import { planFailoverDrill } from '../../../src/operator/plan/failover-drill.ts'
import { planIntegration } from '../../../src/operator/plan/integration.ts'
import { renderDrill } from '../../../src/operator/render/failover-drill.ts'
import { eventOfDrill } from '../../../src/operator/report/failover-drill.ts'
import { eventOfIntegration, reportIntegration } from '../../../src/operator/report/integration.ts'
import type { DrillSurroundings, FailoverDrillFacts } from '../../../src/operator/world/drills.ts'
import type { IntegrationWorld } from '../../../src/operator/world/integration.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  anIntegrationWorld,
  bothTrunksAnswer,
  someSurroundings,
} from '../../harness/integration-worlds.ts'
import { statusAfterCycle } from '../../harness/drill-cycle.ts'
import { brokenLaws } from '../../harness/status-laws.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** A Monday, 6:30 in Paris. */
const SLOT = Date.parse('2026-11-30T05:30:00Z')

const trunks = ['paris', 'lyon'].map((name, index) => ({
  ...{ name, role: index === 0 ? 'Primary' : 'Backup', address: { host: `${name}.pbx.example` } },
}))
const spec = (drill: object = {}) =>
  anIntegrationSpec({
    sip: { trunks },
    drill: { schedule: '30 6 * * 1', timeZone: 'Europe/Paris', mode: 'DryRun', ...drill },
  })
const answering = (changes: Partial<DrillSurroundings> = {}) => someSurroundings({ sip: bothTrunksAnswer, ...changes })

/** Cycles of the operator, one after the other, over an API server that takes everything. */
class Cycles {
  status: IntegrationStatus | undefined
  drills: FailoverDrillFacts[] = []
  events: string[] = []
  surroundings = answering()
  drill: object = {}

  world(now: number): IntegrationWorld {
    const integration = anIntegration(spec(this.drill), { status: this.status })
    return anIntegrationWorld({ now, integration, surroundings: { ...this.surroundings, drills: this.drills } })
  }

  /** @returns what the plan says, for drills */
  at(now: number): { steps: string[]; recheck: number | undefined } {
    const { steps, recheckAfterSeconds } = planIntegration(this.world(now))
    for (const step of steps) {
      if (step.do === 'removeDrill') this.drills = this.drills.filter(({ name }) => name !== step.name)
      if (step.do !== 'startDrill') continue
      const { metadata } = renderDrill(this.world(now).integration!, { ...step, mode: 'DryRun' })
      const { side, scenario, slot } = step
      const made = { name: metadata.name, ownerUid: 'uid-cabinet', createdAt: now, slot, side, scenario }
      this.drills.push(aDrill({ ...made, uid: `uid-${metadata.name}` }))
    }
    const world = this.world(now)
    const before = world.integration!
    this.status = reportIntegration(world, before, { trunksEpoch: undefined, failures: [] })
    const event = eventOfIntegration(before, this.status)
    if (event !== undefined) this.events.push(`${event.reason}: ${event.note}`)
    expect(brokenLaws({ metadata: { generation: 1 }, status: this.status })).to.deep.equal([])
    const own = steps.filter((step) => step.do === 'startDrill' || step.do === 'removeDrill')
    return {
      steps: own.map((step) => `${step.do} ${'name' in step ? step.name : step.side}`),
      recheck: recheckAfterSeconds,
    }
  }

  finish(verdict: 'Passed' | 'Failed', now: number): void {
    const finishedAt = new Date(now).toISOString().replace('.000Z', 'Z')
    const evidence = { sequence: 1, keyID: '', digest: '', signature: '', configMap: '' }
    const status = { verdict, finishedAt, evidence }
    this.drills = this.drills.map((drill) => (drill.status ? drill : { ...drill, status }))
  }

  condition(type: string): string | undefined {
    const found = this.status!.conditions!.find((each) => each.type === type)
    return found && `${found.status} ${found.reason}: ${found.message}`
  }
}

describe('the schedule of an Integration', () => {
  it('says when the next drill is, and whether it could run now', () => {
    const cycles = new Cycles()
    const { steps, recheck } = cycles.at(SLOT - 30_000)
    expect([steps, recheck]).to.deep.equal([[], 30])
    expect(cycles.status).to.include({ nextDrill: '2026-11-30 06:30+01:00', missedSlots: 0 })
    expect(cycles.condition('DrillReady')).to.equal('True DrillPossible: a drill could run now.')
    expect(cycles.condition('DrillOnTime')).to.equal('True DrillRecent: no drill is overdue.')
    cycles.surroundings = answering({ killSwitch: 'On' })
    cycles.at(SLOT - 20_000)
    expect(cycles.condition('DrillReady')).to.match(/^False KillSwitch: all drills are stopped/)
  })

  it('makes the drill of a slot only after the status says that it is due, once, and shows how it ended', () => {
    const cycles = new Cycles()
    cycles.at(SLOT - MINUTE)
    expect(cycles.at(SLOT + 100).steps).to.deep.equal([])
    expect(cycles.status).to.include({ dueSlot: '2026-11-30T05:30:00Z' })
    expect(cycles.at(SLOT + 200).steps).to.deep.equal(['startDrill SIP'])
    expect(cycles.status).to.include({ lastScheduledSlot: '2026-11-30T05:30:00Z', drillsStarted: 1 })
    expect(cycles.status!.dueSlot).to.equal(undefined)
    expect(cycles.drills[0]).to.include({ name: `cabinet-${SLOT / MINUTE}`, slot: SLOT })
    for (const later of [300, 400, MINUTE]) expect(cycles.at(SLOT + later).steps).to.deep.equal([])
    cycles.finish('Passed', SLOT + MINUTE)
    cycles.at(SLOT + 2 * MINUTE)
    expect(cycles.status!.lastDrill).to.deep.equal({
      ...{ name: `cabinet-${SLOT / MINUTE}`, verdict: 'Passed/DryRun', finishedAt: '2026-11-30T05:31:00Z' },
    })
    expect(cycles.status).to.include({ nextDrill: '2026-12-07 06:30+01:00', lastPassedDrill: '2026-11-30T05:31:00Z' })
  })

  it('takes the next entry of the rotation for each slot', () => {
    const cycles = new Cycles()
    cycles.drill = {
      schedule: '* * * * *',
      rotation: [
        { side: 'SIP', scenario: 'Refuse' },
        { side: 'SIP', scenario: 'Disconnect' },
      ],
    }
    cycles.at(SLOT - 1000)
    for (let slot = 0; slot < 3; slot++) {
      for (const wait of [100, 200, 300]) cycles.at(SLOT + slot * MINUTE + wait)
      cycles.finish('Passed', SLOT + slot * MINUTE + 1000)
    }
    expect(cycles.drills.map(({ scenario }) => scenario)).to.deep.equal(['Refuse', 'Disconnect', 'Refuse'])
  })

  it('records a slot that was missed or skipped, with an event, and goes on with the next one', () => {
    const cycles = new Cycles()
    cycles.at(SLOT - MINUTE)
    cycles.at(SLOT + 11 * MINUTE)
    expect(cycles.status).to.include({ missedSlots: 1, nextDrill: '2026-12-07 06:30+01:00' })
    expect(cycles.status!.lastSkippedSlot).to.match(/^2026-11-30 06:30\+01:00 Missed: no operator could start it/)
    expect(cycles.events.at(-1)).to.match(/^DrillSkipped: drill of 2026-11-30 06:30\+01:00 Missed/)
    expect(cycles.events.length).to.equal(1)
    cycles.at(SLOT + 12 * MINUTE)
    expect([cycles.events.length, cycles.status!.missedSlots]).to.deep.equal([1, 1])
  })

  it('is looked at again when a slot in a blackout comes, and skips it then, with an event', () => {
    const cycles = new Cycles()
    const lunch = { name: 'lunch', days: [], from: '06:30', until: '06:32' }
    cycles.drill = { schedule: '* * * * *', startingDeadlineSeconds: 10, blackouts: [lunch] }
    expect(cycles.at(SLOT - 500).recheck).to.equal(0.5)
    expect(cycles.status!.nextDrill).to.equal('2026-11-30 06:32+01:00')
    expect(cycles.at(SLOT).recheck).to.equal(60)
    expect(cycles.status).to.include({ missedSlots: 0, nextDrill: '2026-11-30 06:32+01:00' })
    expect(cycles.status!.lastSkippedSlot).to.equal('2026-11-30 06:30+01:00 Skipped: it is in the blackout lunch')
    expect(cycles.events).to.have.length(1)
  })

  it('names the newest of several slots that were skipped or missed while no operator was there, and how many they are', () => {
    const cycles = new Cycles()
    const lunch = { name: 'lunch', days: [], from: '06:32', until: '06:34' }
    cycles.drill = { schedule: '* * * * *', startingDeadlineSeconds: 10, blackouts: [lunch] }
    cycles.at(SLOT - 500)
    cycles.at(SLOT + 3.5 * MINUTE)
    expect(cycles.status!.missedSlots).to.equal(2)
    expect(cycles.status!.lastSkippedSlot).to.match(
      /^2026-11-30 06:33.* Skipped: it is in the blackout lunch, one of 4 skipped or missed$/,
    )
    cycles.at(SLOT + 3 * 60 * MINUTE)
    expect(cycles.status!.missedSlots).to.equal(102)
    expect(cycles.status!.lastSkippedSlot).to.match(/ Missed: .*, one of 100 or more skipped or missed$/)
  })

  it('runs no slot of before it was changed or while it was suspended', () => {
    const cycles = new Cycles()
    cycles.drill = { suspend: true }
    cycles.at(SLOT - MINUTE)
    expect(cycles.status!.nextDrill).to.equal('suspended')
    cycles.drill = { suspend: false }
    for (const wait of [1, 2, 3]) expect(cycles.at(SLOT + wait * 1000).steps).to.deep.equal([])
    expect(cycles.status).to.include({ missedSlots: 0, nextDrill: '2026-12-07 06:30+01:00' })
  })

  it('is overdue when no drill passed for too long: a condition, and one event', () => {
    const cycles = new Cycles()
    cycles.drill = { overdueAfterSeconds: 3600 }
    cycles.at(SLOT + DAY)
    cycles.at(SLOT + DAY + 61 * MINUTE)
    cycles.at(SLOT + DAY + 62 * MINUTE)
    expect(cycles.condition('DrillOnTime')).to.match(
      /^False DrillOverdue: the newest passed drill is overdue \(last: never\)/,
    )
    expect(cycles.events.filter((event) => event.startsWith('DrillOverdue'))).to.have.length(1)
  })

  it('removes finished drills beyond its history', () => {
    const cycles = new Cycles()
    cycles.drill = { schedule: '* * * * *', successfulRunsHistoryLimit: 1, failedRunsHistoryLimit: 0 }
    cycles.at(SLOT - 1000)
    const removed: string[] = []
    for (let slot = 0; slot < 4; slot++) {
      for (const wait of [100, 200, 300]) {
        removed.push(...cycles.at(SLOT + slot * MINUTE + wait).steps.filter((step) => step.startsWith('remove')))
      }
      cycles.finish(slot === 1 ? 'Failed' : 'Passed', SLOT + slot * MINUTE + 1000)
    }
    const names = [0, 1].map((index) => `removeDrill cabinet-${SLOT / MINUTE + index}`)
    expect(removed.sort()).to.deep.equal(names)
  })

  it('that can not be kept is reported, and starts nothing', () => {
    const cycles = new Cycles()
    cycles.drill = { schedule: '50-10 6 * * 1' }
    expect(cycles.at(SLOT).steps).to.deep.equal([])
    expect(cycles.condition('DrillReady')).to.match(
      /^False ScheduleInvalid: spec.drill.schedule: minute 50-10 ends before it begins/,
    )
    expect(cycles.status!.nextDrill).to.equal('schedule invalid')
    cycles.drill = { timeZone: 'Europe/Pariss' }
    cycles.at(SLOT)
    expect(cycles.condition('DrillReady')).to.match(
      /^False ScheduleInvalid: spec.drill.timeZone: Europe\/Pariss is not a time zone/,
    )
  })
})

describe('the FailoverDrill of a slot', () => {
  it('has all that the schedule says of a run, and nothing that it does not say', () => {
    const kind = { slot: SLOT, side: 'SIP' as const, scenario: 'Refuse' as const }
    const run = { holdSeconds: 30, testCalls: 12, limits: { returnSeconds: 60 }, abort: { backupFailures: 1 } }
    const specOf = (given: object) => renderDrill(anIntegration(), { ...kind, mode: 'Synthetic', ...given })['spec']
    expect(specOf(run)).to.deep.include({ mode: 'Synthetic', side: 'SIP', scenario: 'Refuse', ...run })
    expect(specOf({})).to.not.have.any.keys('holdSeconds', 'testCalls', 'limits', 'abort')
  })
})

describe('a FailoverDrill by checks alone', () => {
  const report = (
    given: {
      drill?: Partial<FailoverDrillFacts>
      surroundings?: DrillSurroundings
      now?: number
      isGone?: boolean
    } = {},
  ) => {
    const drill = aDrill(given.drill)
    const surroundings = given.surroundings ?? answering()
    const integration = given.isGone ? undefined : anIntegration(spec())
    const world = aDrillWorld({ now: given.now ?? drill.createdAt + 1000, drill, integration, surroundings })
    const status = statusAfterCycle(world, drill)
    if (status) expect(brokenLaws({ metadata: { generation: 1 }, status })).to.deep.equal([])
    return { status: status!, plan: planFailoverDrill(world), event: status && eventOfDrill(drill, status) }
  }

  it('passes when all checks pass, and says that nothing was made to fail', () => {
    const { status, event } = report()
    expect(status).to.include({
      state: 'Ended',
      verdict: 'Passed',
      because: 'all 6 checks passed; nothing was made to fail.',
    })
    expect(status.checks!.map(({ name, result }) => `${name} ${result}`)).to.deep.equal(
      ['KillSwitchOff', 'BackupDeclared', 'ZonesAnswer', 'RoutesAnswer', 'CapacitySuffices', 'ClocksAgree'].map(
        (name) => `${name} Passed`,
      ),
    )
    expect(status.notShown![0]).to.match(/^Nothing was made to fail/)
    expect(event).to.include({ type: 'Normal', reason: 'ChecksPassed' })
  })

  it('fails with what is missing, and what to do', () => {
    const parts = [
      { name: 'paris', state: 'Up' as const, calls: 0 },
      { name: 'lyon', state: 'Down' as const, calls: 0 },
    ]
    const { status, event } = report({
      surroundings: answering({ sip: { zones: ['zone-a'], witnesses: [{ zone: 'zone-a', parts }] } }),
    })
    expect(status).to.include({
      verdict: 'Failed',
      because: 'lyon does not answer in zone-a: repair it before a drill.',
    })
    expect(status.deficiencies).to.deep.equal(['lyon does not answer in zone-a: repair it before a drill'])
    expect(event).to.include({ type: 'Warning', reason: 'ChecksFailed' })
    expect(report({ isGone: true }).status.because).to.match(/^Integration cabinet does not exist in this namespace/)
  })

  it('is skipped while all drills are stopped, or when a person has aborted it before', () => {
    expect(report({ surroundings: answering({ killSwitch: 'On' }) }).status).to.include({ verdict: 'Skipped' })
    const missing = report({ surroundings: answering({ killSwitch: 'Missing' }) })
    expect(missing.status.conditions![0]).to.include({ type: 'Succeeded', status: 'False', reason: 'KillSwitch' })
    expect(report({ drill: { desiredState: 'Abort' } }).status).to.include({
      verdict: 'Skipped',
      because: 'desiredState is Abort.',
    })
  })

  it('waits for what is not known yet, and is inconclusive when it stays unknown', () => {
    const surroundings = someSurroundings()
    const { status, plan } = report({ surroundings })
    expect([status.state, status.verdict]).to.deep.equal(['Pending', undefined])
    expect(plan.recheckAfterSeconds).to.equal(2)
    expect(report({ surroundings, now: aDrill().createdAt + MINUTE }).status).to.include({ verdict: 'Inconclusive' })
  })

  it('that has ended stays as it is: it is evidence', () => {
    expect(report({ drill: { status: { verdict: 'Failed', state: 'Ended' } } }).status).to.equal(undefined)
  })
})
