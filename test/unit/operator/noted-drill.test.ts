import { expect } from 'chai'
import fc from 'fast-check'
import type { DrillState } from '../../../src/api/failover-drill-status.ts'
import type { IntegrationStatus } from '../../../src/api/integration.ts'
import { planIntegration } from '../../../src/operator/plan/integration.ts'
import { eventOfIntegration, reportIntegration } from '../../../src/operator/report/integration.ts'
import type { FailoverDrillFacts } from '../../../src/operator/world/drills.ts'
import {
  aDrill,
  anIntegration,
  anIntegrationSpec,
  anIntegrationWorld,
  someSurroundings,
  TRUNKS,
} from '../../harness/integration-worlds.ts'
import { brokenLaws } from '../../harness/status-laws.ts'

const STARTED = '2026-11-30T05:30:01Z'
const SLOT = Date.parse('2026-11-30T05:30:00Z')
const spec = anIntegrationSpec({
  sip: { trunks: TRUNKS, testCall: { to: '4000' } },
  drill: { schedule: '30 6 * * 1', timeZone: 'Europe/Paris', mode: 'Synthetic' },
})

const running = (uid: string, state: DrillState = 'Holding', changes: Partial<FailoverDrillFacts> = {}) =>
  aDrill({ name: `drill-${uid}`, uid, mode: 'Synthetic', status: { state, startedAt: STARTED }, ...changes })

/** An Integration, its drills as the API server has them, and as the operator has heard of them. */
class Cluster {
  status: IntegrationStatus | undefined
  drills: FailoverDrillFacts[] = []
  heard: FailoverDrillFacts[] = []
  events: string[] = []
  now = SLOT - 60_000

  /** @param isKilled before the status is written */
  cycle(isKilled = false): string[] {
    this.now += 1_000
    const integration = anIntegration(spec, { status: this.status })
    const surroundings = someSurroundings({ drills: this.heard })
    const world = anIntegrationWorld({ now: this.now, integration, surroundings })
    const { steps } = planIntegration(world)
    const confirm = steps.find((step) => step.do === 'confirmDeletion')
    const isGone = confirm !== undefined && this.drills.every(({ uid }) => uid !== confirm.uid)
    const status = reportIntegration(world, integration, {
      ...{ trunksEpoch: undefined, failures: [] },
      ...(isGone && { deletedDrill: confirm.uid }),
    })
    if (isKilled) return []
    expect(brokenLaws({ metadata: { generation: 1 }, status })).to.deep.equal([])
    const event = eventOfIntegration(integration, status)
    if (event !== undefined) this.events.push(`${event.type} ${event.reason}: ${event.note}`)
    this.status = status
    return steps
      .filter((step) => step.do !== 'publishTrunks')
      .map((step) => ('uid' in step ? `${step.do} ${step.uid}` : step.do))
  }

  hear(): void {
    this.heard = [...this.drills]
  }
}

const isFinished = ({ status }: FailoverDrillFacts) => status?.verdict !== undefined

/** It runs, and its Integration names it. The schedule was there before its slot. */
function noted(drill = running('1')): Cluster {
  const cluster = new Cluster()
  cluster.cycle()
  if (drill.slot !== undefined) cluster.now = drill.slot + 20_000
  cluster.drills = [drill]
  cluster.hear()
  cluster.cycle()
  expect(cluster.status!.runningDrill).to.deep.include({ name: drill.name, uid: drill.uid, state: drill.status!.state })
  return cluster
}

describe('a FailoverDrill that is deleted while it runs', () => {
  it('leaves a record in the status of its Integration, with the state that it was in, and one Warning', () => {
    const cluster = noted()
    cluster.drills = []
    cluster.hear()
    expect(cluster.cycle()).to.deep.equal(['confirmDeletion 1'])
    expect(cluster.status!.runningDrill).to.equal(undefined)
    const noticedAt = '2026-11-30T05:29:03Z'
    expect(cluster.status!.deletedDrill).to.deep.equal({
      ...{ name: 'drill-1', uid: '1', state: 'Holding', startedAt: STARTED, verdict: 'Aborted', noticedAt },
    })
    expect(cluster.status!.lastDrill).to.deep.equal({ name: 'drill-1', verdict: 'Aborted', finishedAt: noticedAt })
    expect(cluster.cycle()).to.deep.equal([])
    expect(cluster.status!.deletedDrill).to.include({ uid: '1', noticedAt })
    expect(cluster.events).to.deep.equal([
      'Warning DrillDeleted: FailoverDrill drill-1 was deleted in state Holding, before it had a result. It counts as Aborted: ' +
        'use desiredState: Abort to end a drill, and do not delete it while it runs.',
    ])
  })

  it('has not passed, and its slot does not start another one', () => {
    const cluster = noted(running('1', 'Restoring', { ownerUid: 'uid-cabinet', slot: SLOT }))
    cluster.drills = []
    cluster.hear()
    for (let cycle = 0; cycle < 3; cycle++) expect(cluster.cycle()).to.not.include('startDrill')
    expect(cluster.status).to.include({ lastScheduledSlot: '2026-11-30T05:30:00Z' })
    expect(cluster.status).to.not.have.any.keys('lastPassedDrill', 'dueSlot')
  })

  it('leaves none where it had a result before that was seen', () => {
    const cluster = noted()
    const status = { state: 'Verified', verdict: 'Passed', startedAt: STARTED, finishedAt: STARTED } as const
    cluster.drills = [running('1', 'Verified', { status })]
    cluster.hear()
    cluster.cycle()
    cluster.drills = []
    cluster.hear()
    expect(cluster.cycle()).to.deep.equal([])
    expect(cluster.status).to.not.have.any.keys('runningDrill', 'deletedDrill')
  })

  it('is not made up by an operator whose news are older than the drill: the API server has it', () => {
    const cluster = noted()
    cluster.heard = []
    expect(cluster.cycle()).to.deep.equal(['confirmDeletion 1'])
    expect(cluster.status!.runningDrill).to.include({ uid: '1', state: 'Holding' })
    expect(cluster.status!.deletedDrill).to.equal(undefined)
  })

  it('is not made up where the history removes one that has ended: that it ended is written first', () => {
    const ended = (uid: string, slot: number) => {
      const evidence = { sequence: 1, keyID: '', digest: '', signature: '', configMap: '' }
      const status = {
        state: 'Verified',
        verdict: 'Passed',
        startedAt: STARTED,
        finishedAt: STARTED,
        evidence,
      } as const
      return running(uid, 'Verified', { ownerUid: 'uid-cabinet', slot, status })
    }
    const cluster = noted(running('1', 'Restoring', { ownerUid: 'uid-cabinet', slot: SLOT }))
    // More than the history keeps, and it is the oldest.
    const newer = Array.from({ length: 60 }, (_, nth) => ended(`newer-${nth}`, SLOT - 1 - nth))
    cluster.drills = [ended('1', SLOT - 3_600_000), ...newer]
    cluster.hear()
    const first = cluster.cycle()
    expect(first).to.include('removeDrill newer-59')
    expect(first).to.not.include('removeDrill 1')
    expect(cluster.cycle()).to.include('removeDrill 1')
  })

  it('is not confused with one of its name that was made later', () => {
    const cluster = noted()
    cluster.drills = [running('2', 'Baseline', { name: 'drill-1' })]
    cluster.hear()
    cluster.cycle()
    expect(cluster.status!.deletedDrill).to.include({ name: 'drill-1', uid: '1' })
    expect(cluster.status!.runningDrill).to.include({ name: 'drill-1', uid: '2', state: 'Baseline' })
    cluster.drills = []
    cluster.hear()
    cluster.cycle()
    expect(cluster.events.map((event) => event.split(':')[0])).to.deep.equal(Array(2).fill('Warning DrillDeleted'))
  })

  it('is recorded once, whenever the operator is killed, and one that is there never, however old its news are', () => {
    const acts = fc.constantFrom(...ACTS)
    fc.assert(
      fc.property(fc.array(acts, { minLength: 30, maxLength: 40 }), (played) => {
        const history = new History()
        for (const act of played) history.play(act)
        for (const act of ['hear', 'cycle', 'cycle'] as const) history.play(act)
        expect(history.recorded).to.deep.equal([...new Set(history.recorded)])
        expect(history.recorded).to.include.members(history.deleted.filter((uid) => history.named.has(uid)))
      }),
    )
  })
})

const ACTS = ['make', 'advance', 'finish', 'delete', 'hear', 'hearOld', 'hearOlder', 'cycle', 'killed'] as const

/** What was ever named as running or recorded as deleted, and what was deleted before it had a result: UIDs. */
class History extends Cluster {
  readonly named = new Set<string>()
  readonly recorded: string[] = []
  readonly deleted: string[] = []
  private made = 0

  private readonly versions: FailoverDrillFacts[][] = [this.drills]

  play(act: (typeof ACTS)[number]): void {
    this[act]()
    if (this.drills !== this.versions.at(-1)) this.versions.push(this.drills)
    const { runningDrill, deletedDrill } = this.status ?? {}
    if (runningDrill !== undefined) this.named.add(runningDrill.uid)
    if (deletedDrill !== undefined && this.recorded.at(-1) !== deletedDrill.uid) this.recorded.push(deletedDrill.uid)
    for (const { uid } of this.drills) expect(this.recorded).to.not.include(uid)
  }

  /** Another operator takes over, whose news are old. */
  hearOld(): void {
    this.heard = this.versions.at(-2) ?? []
  }

  hearOlder(): void {
    this.heard = this.versions.at(-3) ?? []
  }

  /** One drill of an Integration runs at a time, as the checks have it. */
  make(): void {
    if (this.drills.every(isFinished))
      this.drills = [...this.drills, running(String(++this.made), 'Pending', { status: { state: 'Pending' } })]
  }

  advance(): void {
    const next = ({ status }: FailoverDrillFacts) => (status?.state === 'Pending' ? 'Baseline' : 'Holding')
    this.drills = this.drills.map((drill) => (isFinished(drill) ? drill : running(drill.uid, next(drill))))
  }

  finish(): void {
    const status = { state: 'Verified', verdict: 'Passed', startedAt: STARTED, finishedAt: STARTED } as const
    const hasBegun = (drill: FailoverDrillFacts) => drill.status?.startedAt !== undefined
    this.drills = this.drills.map((each) => (hasBegun(each) ? running(each.uid, 'Verified', { status }) : each))
  }

  delete(): void {
    const drill = this.drills.at(-1)
    this.drills = this.drills.slice(0, -1)
    if (drill !== undefined && !isFinished(drill)) this.deleted.push(drill.uid)
  }

  killed(): void {
    this.cycle(true)
  }
}
