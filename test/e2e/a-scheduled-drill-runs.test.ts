// @stage drill  @programs operator edge voice  @seconds 480
// @guard test/integration/operator/drills.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezePod, healAll, killPod, thawPod } from '../../hack/cluster/faults.ts'
import { host } from '../../hack/cluster/settings.ts'
import { pause } from '../../hack/cluster/shell.ts'
import type { FailoverDrillSpec, FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { integration, useDrillStage } from '../harness/drill-stage.ts'
import { drilledWebService } from '../harness/drilled-web-service.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import { brokenLaws } from '../harness/status-laws.ts'
import * as zones from '../harness/three-zones.ts'
import { type WebService, startWebService } from '../harness/web-service.ts'

const MINUTE = 60_000
/** A drill takes a minute; so the next slot never meets the one before. */
const EVERY = 2
const DEADLINE_SECONDS = 30
const SLOTS = ['passes', 'is blacked out', 'is missed', 'passes with another leader'] as const

interface Drill {
  metadata: { name: string; generation: number }
  spec: FailoverDrillSpec
  status: FailoverDrillStatus
}
interface Reported {
  regarding: { name?: string; kind?: string }
  reason?: string
  note?: string
}

describe('an Integration with a schedule of drills', function () {
  this.timeout(900_000)
  const stage = useDrillStage()
  let services: WebService[] = []
  /** Of the first slot, epoch milliseconds. */
  let first = 0
  const slot = (which: number) => first + which * EVERY * MINUTE
  const until = (time: number) => pause(time - Date.now())

  before('a client with telephone systems and web services, drilled every other minute', async function () {
    // In real time: eight minutes.
    needsWholeForm(this)
    services = await Promise.all([1, 2].map(() => startWebService({ address: host.address })))
    // A bot rolls out when its Integration gets a web service, and a rollout interrupts a drill: the schedule comes after it.
    await zones.applyManifests(withWebServices())
    await stage().routeIsWell()
    await eventually(async () => {
      const { status } = await theIntegration()
      expect(status.http?.parts?.map(({ name, state, seenBy }) => `${name} ${state} ${seenBy}`)).to.have.members([
        ...['nord Up 3', 'sud Up 3'],
      ])
    }, 90)
    await zones.settledPods(stage().namespace)
    first = (Math.floor((Date.now() + 45_000) / (EVERY * MINUTE)) + 1) * EVERY * MINUTE
    await zones.applyManifests(scheduled())
    await eventually(async () => {
      const { status } = await theIntegration()
      expect(conditionOf(status, 'DrillReady')).to.equal('True DrillPossible')
    }, 30)
    await zones.settledPods(stage().namespace)
    expect(Date.now(), 'the first slot has not begun').to.be.lessThan(first)
  })
  afterEach(() => healAll())
  after(async () => {
    if (first === 0) return
    // For the files that come after it: the last one finds no namespace.
    await zones.applyManifests(integration(stage().namespace, 'clinic')).catch(() => undefined)
    await Promise.all(services.map((service) => service.close()))
  })

  const clock = (time: number) => new Date(time).toISOString().slice(11, 16)
  function withWebServices() {
    const { spec, ...rest } = integration(stage().namespace, 'clinic')
    const [nord, sud] = services
    const http = drilledWebService({ name: 'nord', url: nord!.url }, { name: 'sud', url: sud!.url })
    return { ...rest, spec: { ...spec, http } }
  }
  function scheduled() {
    const { spec, ...rest } = withWebServices()
    return {
      ...rest,
      spec: {
        ...spec,
        drill: {
          ...{ schedule: `*/${EVERY} * * * *`, timeZone: 'Etc/UTC', mode: 'Synthetic', holdSeconds: 5 },
          startingDeadlineSeconds: DEADLINE_SECONDS,
          blackouts: [{ name: 'lunch', from: clock(slot(1)), until: clock(slot(1) + MINUTE) }],
          rotation: [
            { side: 'SIP', scenario: 'Blackhole' },
            { side: 'HTTP', scenario: 'Refuse' },
          ],
        },
      },
    }
  }
  const theIntegration = () =>
    zones.kubeJson<{ status: IntegrationStatus; metadata: { generation: number } }>(
      ...['get', 'integration', 'clinic', '-n', stage().namespace],
    )
  const conditionOf = ({ conditions }: IntegrationStatus, wanted: string) => {
    const { status, reason } = conditions?.find(({ type }) => type === wanted) ?? {}
    return `${status} ${reason}`
  }
  const made = async () => {
    const selector = 'callbots.dev/integration=clinic'
    const args = ['get', 'failoverdrills', '-n', stage().namespace, '-l', selector]
    return (await zones.kubeJson<{ items: Drill[] }>(...args)).items
  }
  const operators = async () => {
    const selector = 'app.kubernetes.io/component=operator'
    const args = ['get', 'pods', '-n', operatorNamespace, '-l', selector]
    return (await zones.kubeJson<{ items: zones.Pod[] }>(...args)).items.map(({ metadata }) => metadata.name)
  }
  /** The drill of that slot, once it has ended. */
  async function endOf(which: number): Promise<Drill> {
    const name = `clinic-${slot(which) / MINUTE}`
    await stage().end(name, 110)
    return (await made()).find(({ metadata }) => metadata.name === name)!
  }

  it(`runs the first slot by itself: its drill of trunks ${SLOTS[0]}, and the Integration shows it`, async () => {
    await until(slot(0))
    const { spec, status } = await endOf(0)
    expect(spec).to.deep.include({ side: 'SIP', scenario: 'Blackhole', mode: 'Synthetic' })
    expect(spec.trigger).to.include({ type: 'Schedule' })
    expect(status, status.because).to.include({ verdict: 'Passed', state: 'Verified' })
    await eventually(async () => {
      const { status: shown, ...rest } = await theIntegration()
      expect(shown.lastDrill).to.include({ name: `clinic-${slot(0) / MINUTE}`, verdict: 'Passed' })
      expect(shown).to.include({ drillsStarted: 1, missedSlots: 0 })
      expect(shown.lastPassedDrill).to.equal(status.finishedAt)
      // The next one that no blackout covers.
      expect(shown.nextDrill).to.match(new RegExp(`T${clock(slot(2))}|${clock(slot(2))}`))
      expect(conditionOf(shown, 'DrillOnTime')).to.equal('True DrillRecent')
      expect(brokenLaws({ ...rest, status: shown } as never)).to.deep.equal([])
    }, 30)
    const columns = (await zones.kube('get', 'integration', 'clinic', '-n', stage().namespace)).split('\n')
    expect(columns[0]).to.match(/LAST-DRILL +NEXT-DRILL|LAST-DRILL +VERDICT/)
    expect(columns[1]).to.include('Passed')
  })

  it(`leaves out the second slot, which ${SLOTS[1]}, and says so by its status and an event`, async () => {
    await until(slot(1) + 15_000)
    const { status } = await theIntegration()
    expect(status.lastSkippedSlot).to.match(/ Skipped: it is in the blackout lunch$/)
    expect(status).to.include({ drillsStarted: 1, missedSlots: 0 })
    expect(await made()).to.have.lengthOf(1)
  })

  it(`counts the third slot as missed, at which no operator could start it: it ${SLOTS[2]} and not caught up`, async () => {
    await until(slot(2) - 3_000)
    const pods = await operators()
    pods.forEach((pod) => freezePod(operatorNamespace, pod))
    await until(slot(2) + (DEADLINE_SECONDS + 3) * 1_000)
    pods.forEach((pod) => thawPod(operatorNamespace, pod))
    await eventually(async () => {
      const { status } = await theIntegration()
      expect(status.lastSkippedSlot).to.match(/ Missed: no operator could start it/)
      expect(status).to.include({ drillsStarted: 1, missedSlots: 1 })
    }, 60)
    expect(await made()).to.have.lengthOf(1)
  })

  it(`runs the fourth slot once, of the web service, though its leader is killed at that moment: it ${SLOTS[3]}`, async () => {
    await zones.freshOperators()
    await until(slot(3) - 1_500)
    const { pod } = await zones.leader()
    killPod(operatorNamespace, pod)
    await until(slot(3) + 5_000)
    const { spec, status } = await endOf(3)
    expect(spec).to.deep.include({ side: 'HTTP', scenario: 'Refuse', mode: 'Synthetic' })
    expect(status, status.because).to.include({ verdict: 'Passed', state: 'Verified' })
    await eventually(async () => {
      const { status: shown } = await theIntegration()
      expect(shown.lastDrill).to.include({ name: `clinic-${slot(3) / MINUTE}`, verdict: 'Passed' })
      expect(shown).to.include({ drillsStarted: 2, missedSlots: 0 })
      expect(shown.evidence).to.include({ records: 2 })
    }, 30)
  })

  it('has made two drills, kept both, and reported two slots that had none', async () => {
    const drills = await made()
    const names = drills.map(({ metadata }) => metadata.name)
    expect(names).to.have.members([0, 3].map((which) => `clinic-${slot(which) / MINUTE}`))
    const args = ['get', 'events.events.k8s.io', '-n', stage().namespace]
    const { items } = await zones.kubeJson<{ items: Reported[] }>(...args)
    const skipped = items.filter(({ reason, regarding }) => reason === 'DrillSkipped' && regarding.name === 'clinic')
    expect(skipped.map(({ note }) => note?.replace(/^.*(Skipped|Missed): /, '$1: ')).sort()).to.deep.equal([
      'Missed: no operator could start it before startingDeadlineSeconds had passed',
      'Skipped: it is in the blackout lunch',
    ])
  })
})
