// @seconds 130
import { expect } from 'chai'
import { kubectl, operatorNamespace } from '../../../hack/chart.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import type { FailoverDrillStatus } from '../../../src/api/failover-drill.ts'
import type { IntegrationStatus } from '../../../src/api/integration.ts'
import { FAILOVER_DRILLS, INTEGRATIONS } from '../../../src/api/kinds.ts'
import { createInformer } from '../../../src/kube/informer.ts'
import type { Manifest, Raw } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { silent } from '../../../src/runtime/log.ts'
import { CLIENT, PODS, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'
import { extent } from '../../harness/extent.ts'
import { startFakeEdge, type FakeEdge } from '../../harness/fake-edge.ts'
import { brokenLaws } from '../../harness/status-laws.ts'
import { loopback } from '../../harness/loopback.ts'

const MINUTE = 60_000
/** When the operator is killed, milliseconds after a slot: another one takes over at it. */
const TAKEOVERS = [-20, 200, 60].slice(0, extent('TAKEOVERS', { short: 1, whole: 3 }))
const trunk = (name: string, role: string) => ({ name, role, address: { host: `${name}.pbx.test` } })

describe('drills by checks alone, with the rights that the chart gives the operator', function () {
  this.timeout(400_000)
  const stage = useStage()
  const watching = new AbortController()
  let edges: FakeEdge[] = []
  /** Every FailoverDrill that there ever was, by name: the uids that it had. */
  const made = new Map<string, Set<string>>()
  const kube = () => stage().api.kube
  const ask = (args: string[], input?: string) => kubectl(['--kubeconfig', stage().api.kubeconfig, ...args], input)
  const integration = (name: string, drill?: object): Manifest =>
    ({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name, namespace: CLIENT } },
      spec: { sip: { trunks: [trunk('paris', 'Primary'), trunk('lyon', 'Backup')] }, ...(drill && { drill }) },
    }) as unknown as Manifest
  const drill = (name: string, of: string): Manifest =>
    ({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'FailoverDrill', metadata: { name, namespace: CLIENT } },
      spec: { integrationRef: { name: of }, side: 'SIP', scenario: 'Blackhole', mode: 'DryRun' },
    }) as unknown as Manifest
  const rowOf = async (kind: string, name: string) => {
    const [head, row = ''] = (await ask(['get', kind, '-n', CLIENT, name])).trim().split('\n')
    return `${head!.replaceAll(/ +/g, ' ')}\n${row.replaceAll(/ {2,}/g, ' | ')}`
  }
  const statusOf = async (name: string) =>
    ((await kube().get(INTEGRATIONS, CLIENT, name)).status ?? {}) as IntegrationStatus
  const endOf = async (name: string) => {
    const { verdict, because } = ((await kube().get(FAILOVER_DRILLS, CLIENT, name)).status ?? {}) as FailoverDrillStatus
    return verdict && `${verdict}: ${because}`
  }
  const conditionOf = async (name: string, type: string) => {
    const found = (await statusOf(name)).conditions?.find((each) => each.type === type)
    return found && `${found.status} ${found.reason}`
  }
  const stop = (value: string) =>
    kube().mergePatch(resources.configMaps, operatorNamespace, 'callbot-drills', { data: { stop: value } })
  const edgesSay = (name: string, lyon: 'Up' | 'Down') =>
    edges.forEach((edge) => edge.says(`${CLIENT}/${name}`, { paris: 'Up', lyon }, 'paris'))

  before('two edges', async () => {
    await eventually(() => kube().get(resources.secrets, operatorNamespace, 'callbot-edge-tls'), 30)
    edges = [
      await startFakeEdge(stage().api, 'edge-1', loopback(78, 1)),
      await startFakeEdge(stage().api, 'edge-2', loopback(78, 2)),
    ]
    const drills = createInformer({
      ...{ transport: stage().api.transport, log: silent, resource: FAILOVER_DRILLS },
      project: ({ metadata }: Raw) => ({
        ...{ namespace: CLIENT, name: metadata.name, uid: metadata.uid!, resourceVersion: metadata.resourceVersion! },
      }),
      onChange(_, after) {
        if (after) made.set(after.name, (made.get(after.name) ?? new Set()).add(after.uid))
      },
    })
    drills.start(watching.signal)
    await drills.synced()
  })
  after(() => {
    watching.abort()
    edges.forEach((edge) => edge.close())
  })

  it('pass when a drill could run, and kubectl get shows it', async () => {
    await kube().apply(integration('clinic', { schedule: '30 6 * * MON', timeZone: 'Europe/Paris', mode: 'DryRun' }), {
      fieldManager: 'the-user',
    })
    edgesSay('clinic', 'Up')
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('True DrillPossible'), 30)
    await kube().create(drill('by-hand', 'clinic'))
    await eventually(
      async () => expect(await endOf('by-hand')).to.match(/^Passed: all \d checks passed; nothing was made to fail/),
      20,
    )
    expect(await rowOf('drill', 'by-hand')).to.match(
      /^NAME INTEGRATION MODE STATE VERDICT DETECT SWITCH RETURN AGE\nby-hand \| clinic \| DryRun \| Ended \| Passed \| /,
    )
    await eventually(async () =>
      expect(await rowOf('integ', 'clinic')).to.match(
        / LAST-DRILL VERDICT NEXT-DRILL AGE\n.* \| Passed\/DryRun \| 20\d\d-\d\d-\d\d 06:30\+0[12]:00 \| /,
      ),
    )
    for (const [kind, name] of [
      [FAILOVER_DRILLS, 'by-hand'],
      [INTEGRATIONS, 'clinic'],
    ] as const) {
      expect(brokenLaws(await kube().get(kind, CLIENT, name))).to.deep.equal([])
    }
  })

  it('fail when the backup does not answer, and say what to do; DrillReady says it within seconds, before any drill', async () => {
    edgesSay('clinic', 'Down')
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('False BackupDown'), 10)
    await kube().create(drill('backup-down', 'clinic'))
    await eventually(
      async () =>
        expect(await endOf('backup-down')).to.equal(
          'Failed: lyon does not answer in zone-a: repair it before a drill.',
        ),
      20,
    )
    edgesSay('clinic', 'Up')
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('True DrillPossible'), 10)
  })

  it('are stopped by the kill switch, and by its absence', async () => {
    await stop('true')
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('False KillSwitch'), 5)
    await kube().create(drill('stopped', 'clinic'))
    await eventually(
      async () => expect(await endOf('stopped')).to.match(/^Skipped: all drills of the installation are stopped/),
      10,
    )
    await stop('false')
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('True DrillPossible'), 5)
    await kube().remove(resources.configMaps, operatorNamespace, 'callbot-drills')
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('False KillSwitch'), 5)
    await kube().create({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'callbot-drills', namespace: operatorNamespace } },
      data: { stop: 'false' },
    } as Manifest)
    await eventually(async () => expect(await conditionOf('clinic', 'DrillReady')).to.equal('True DrillPossible'), 5)
  })

  it('report a schedule that can not be kept, though no webhook refused it', async () => {
    await kube().create(
      integration('backwards', { schedule: '50-10 * * * *', timeZone: 'Europe/Paris', mode: 'DryRun' }),
    )
    await eventually(
      async () => expect(await conditionOf('backwards', 'DrillReady')).to.equal('False ScheduleInvalid'),
      10,
    )
  })

  it('keep their schedule, though another operator takes over that has not seen it yet, and writes of what it sees', async () => {
    await kube().create(integration('behind', { schedule: '30 3 1 1 *', timeZone: 'Etc/UTC', mode: 'DryRun' }))
    edgesSay('behind', 'Up')
    await eventually(async () => expect(await conditionOf('behind', 'DrillReady')).to.equal('True DrillPossible'), 20)
    const { metadata } = await kube().get(INTEGRATIONS, CLIENT, 'behind')
    const far = (await statusOf('behind')).drillSchedule!
    await kube().mergePatch(INTEGRATIONS, CLIENT, 'behind', { spec: { drill: { schedule: '30 4 1 1 *' } } })
    await eventually(async () => expect((await statusOf('behind')).drillSchedule!.digest).to.not.equal(far.digest), 10)
    const { drillSchedule } = await statusOf('behind')
    // A schedule that counts as new has a later time: of seconds.
    await pause(1_100)
    stage().operator.kill()
    const kinds = ['failoverdrills', 'integrations']
    stage().proxy.show({ kinds, resourceVersion: metadata.resourceVersion!, lateMs: 1_500 })
    edgesSay('behind', 'Down')
    stage().start(PODS[0])
    await eventually(async () => expect(await conditionOf('behind', 'DrillReady')).to.equal('False BackupDown'), 60)
    stage().proxy.show(undefined)
    expect((await statusOf('behind')).drillSchedule).to.deep.equal(drillSchedule)
  })

  it('run each slot of a schedule once, though another operator takes over at the slot, and keep their history short', async () => {
    const minutely = {
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
      mode: 'DryRun',
      successfulRunsHistoryLimit: 2,
      failedRunsHistoryLimit: 1,
    }
    await kube().create(integration('minutely', minutely))
    edgesSay('minutely', 'Up')
    await eventually(async () => expect((await statusOf('minutely')).drillSchedule).to.not.equal(undefined), 10)
    const first = Math.ceil(Date.now() / MINUTE) * MINUTE
    for (const [index, late] of TAKEOVERS.entries()) {
      await pause(first + index * MINUTE + late - Date.now())
      stage().operator.kill()
      stage().start(PODS[(index + 1) % 2]!)
    }
    const last = TAKEOVERS.length
    await pause(first + last * MINUTE + 20_000 - Date.now())
    const slots = Array.from({ length: last + 1 }, (_, index) => `minutely-${first / MINUTE + index}`)
    const own = [...made].filter(([name]) => name.startsWith('minutely-'))
    expect(own.map(([name]) => name).sort()).to.deep.equal(slots)
    expect(own.filter(([, uids]) => uids.size > 1)).to.deep.equal([])
    await eventually(async () => {
      const left = (await ask(['get', 'drill', '-n', CLIENT, '-l', 'callbots.dev/integration=minutely', '-o', 'name']))
        .trim()
        .split('\n')
      expect(left.length).to.be.within(1, 3)
    }, 10)
    const { missedSlots, drillsStarted, lastScheduledSlot } = await statusOf('minutely')
    expect({ missedSlots, drillsStarted, lastScheduledSlot }).to.deep.equal({
      ...{
        missedSlots: 0,
        drillsStarted: last + 1,
        lastScheduledSlot: new Date(first + last * MINUTE).toISOString().replace('.000Z', 'Z'),
      },
    })
  })
})
