import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAsterisk, type Peer } from '../../bench/voice/asterisk.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { host } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { FailoverDrillInput, FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import type { DrillState } from '../../src/api/failover-drill-status.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { askProxy, readyEdges } from '../kit/edges.ts'
import { eventually } from '../kit/eventually.ts'
import { extent } from '../kit/extent.ts'
import { brokenLaws } from '../kit/status-laws.ts'
import * as zones from '../kit/three-zones.ts'

const [PARIS, LYON] = [16_080, 16_090]
/** The test number of the telephone systems, and one at which a prompt is played: no tone comes back from there. */
const [ECHO, PROMPT] = ['4000', '4001']
const NUMBER = zones.aNumber()
const SCENARIOS = (['Blackhole', 'Refuse', 'Disconnect'] as const).slice(0, extent('SCENARIOS', { short: 1, whole: 3 }))

/** As far as a test looks. */
type Drill = { spec: FailoverDrillInput['spec']; status?: FailoverDrillStatus; metadata: { generation: number } }

describe('a synthetic drill of a client who has two telephone systems', function () {
  this.timeout(900_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-drill-'))
  const figures: Record<string, number | string> = {}
  let namespace: string
  let paris: Peer
  let lyon: Peer

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('drill')
    ;[paris, lyon] = await Promise.all([telephoneSystem('paris', PARIS), telephoneSystem('lyon', LYON)])
    await zones.applyManifests(integration('clinic', ECHO), integration('deaf', PROMPT))
    const steps = [{ name: 'desk', transfer: { integration: 'clinic', to: '+33144444444' } }]
    const integrationRefs = [{ name: 'pbx' }, { name: 'clinic' }, { name: 'deaf' }]
    const more = { numbers: [NUMBER], dialog: { inline: { steps } }, integrationRefs, capacity: { callsPerPod: 40 } }
    await zones.applyManifests(zones.aBot(namespace, 'desk', more))
    await zones.kube('wait', 'callbot', 'desk', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await eventually(async () => expect((await statusOf('clinic')).sipRoute).to.equal('Primary/paris'), 60)
    await zones.settledPods(namespace)
  })
  after(async () => {
    await Promise.all([paris?.stop(), lyon?.stop()])
    rmSync(folder, { recursive: true, force: true })
    if (namespace) await zones.removeNamespace(namespace)
    printFigures(
      'a drill',
      Object.entries(figures).map(([what, value]) => [what, String(value)]),
    )
    writeEvidence('drill', figures)
  })

  const telephoneSystem = (name: string, port: number) =>
    startAsterisk({
      ...{ folder: join(folder, name), address: host.address, port, prompt: Buffer.alloc(8_000, 0x2a) },
      numbers: [`exten => ${ECHO},1,Answer()`, ` same => n,Echo()`],
      callers: { [NUMBER]: ['allow=alaw'] },
      modules: ['app_echo'],
    })
  const integration = (name: string, to: string) => ({
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name, namespace } },
    spec: {
      criticality: 'High',
      sip: {
        trunks: [
          { name: 'paris', role: 'Primary', address: { host: host.address, port: PARIS } },
          { name: 'lyon', role: 'Backup', address: { host: host.address, port: LYON } },
        ].map((trunk) => ({ ...trunk, transport: 'TCP', srtp: 'Disabled' })),
        failover: { failback: { holdSeconds: 2 } },
        testCall: { to },
      },
    },
  })
  const statusOf = async (name: string) =>
    (await zones.kubeJson<{ status?: IntegrationStatus }>('get', 'integration', name, '-n', namespace)).status ?? {}
  const drill = (name: string) => zones.kubeJson<Drill>('get', 'failoverdrill', name, '-n', namespace)
  const begin = (name: string, spec: object = {}) =>
    zones.applyManifests({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'FailoverDrill', metadata: { name, namespace } },
      spec: {
        ...{ integrationRef: { name: 'clinic' }, side: 'SIP', scenario: 'Blackhole', mode: 'Synthetic' },
        ...{ holdSeconds: 5, ...spec },
      },
    })
  const isIn = (name: string, state: DrillState, seconds = 60) =>
    eventually(async () => expect((await drill(name)).status?.state).to.equal(state), seconds)
  const end = async (name: string, seconds = 180) => {
    await eventually(async () => expect((await drill(name)).status?.verdict).to.be.a('string'), seconds)
    const ended = await drill(name)
    expect(brokenLaws(ended)).to.deep.equal([])
    return ended.status!
  }
  /** What each edge has of drills, as its proxy says. */
  const leases = async () => Promise.all((await readyEdges()).map((edge) => askProxy(edge, 'htable.dump', 'lease')))
  const row = async (kind: string, name: string) => (await zones.kube('get', kind, name, '-n', namespace)).trim()

  for (const scenario of SCENARIOS)
    it(`passes for ${scenario}: test calls of every zone reach the backup, and the primary again afterwards`, async () => {
      const name = scenario.toLowerCase()
      await begin(name, { scenario })
      const status = await end(name)
      expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', state: 'Verified' })
      expect(status.perEdge, JSON.stringify(status.perEdge)).to.have.lengthOf(3)
      for (const edge of status.perEdge!) {
        expect(edge.detectMilliseconds, edge.zone).to.be.within(1, 5_000)
        expect(edge.calls).to.be.greaterThan(7)
      }
      expect(status.calls!.failed).to.equal(0)
      expect(await row('failoverdrill', name)).to.match(/Synthetic +Verified +Passed +[\d.]+s +[\d.]+s +[\d.]+s/)
      const { detectMilliseconds, switchMilliseconds, returnMilliseconds } = status.timings!
      figures[`${scenario}: detected, ms at most`] = detectMilliseconds!
      figures[`${scenario}: calls by the backup in every zone, ms at most`] = switchMilliseconds!
      figures[`${scenario}: calls by the primary in every zone, ms at most`] = returnMilliseconds!
      figures[`${scenario}: test calls`] = status.calls!.placed
    })

  it('fails before anything is made to fail when the test number of the backup does not answer as it should', async () => {
    await begin('deaf', { integrationRef: { name: 'deaf' } })
    const status = await end('deaf')
    expect(status).to.include({ verdict: 'Failed' })
    expect(status.because).to.match(/^no fault was simulated, for a test call failed before: .*OtherSound|TonesMissing/)
    expect(status.timings).to.equal(undefined)
  })

  it('is aborted within seconds by the kill switch, and by a person', async () => {
    const stop = (value: string) =>
      zones.kube(
        'patch',
        'configmap',
        'callbot-drills',
        '-n',
        operatorNamespace,
        '--type=merge',
        '-p',
        `{"data":{"stop":"${value}"}}`,
      )
    await begin('stopped')
    await isIn('stopped', 'Injected')
    await stop('true')
    try {
      expect(await end('stopped', 5)).to.include({ verdict: 'Aborted' })
    } finally {
      await stop('false')
    }
    await begin('aborted')
    await isIn('aborted', 'Baseline')
    await zones.kube(
      'patch',
      'failoverdrill',
      'aborted',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"desiredState":"Abort"}}',
    )
    expect(await end('aborted', 5)).to.include({ verdict: 'Aborted', because: 'desiredState is Abort.' })
  })

  it('is interrupted, and not continued, when the operator that runs it is killed: no edge has a lane of it after 5 s', async () => {
    await begin('orphaned', { holdSeconds: 60 })
    await isIn('orphaned', 'Holding', 90)
    expect(
      (await leases()).filter((text) => text.includes('Blackhole')),
      'edges with the fault',
    ).to.have.lengthOf(3)
    const { pod } = await zones.leader()
    await zones.kube('delete', 'pod', pod, '-n', operatorNamespace, '--force', '--grace-period=0')
    await eventually(async () => expect((await leases()).join('')).to.not.include('Blackhole'), 5)
    const status = await end('orphaned', 60)
    expect(status).to.include({ verdict: 'Interrupted' })
    expect(status.because).to.match(/^the operator that ran the drill is gone/)
    expect((await statusOf('clinic')).sipRoute).to.equal('Primary/paris')
  })
})
