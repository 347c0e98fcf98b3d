import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import type { RetentionPolicyStatus } from '../../src/api/retention-policy.ts'
import { gatherCallers, type Callers } from '../kit/callers.ts'
import { eventually } from '../kit/eventually.ts'
import { rowsIn, watchUntilGone } from '../kit/store-pods.ts'
import * as zones from '../kit/three-zones.ts'

/** For how long the records of the call live. */
const LIFE_SECONDS = 60
/** No volumes on this machine: the database of this test is lost with its pod. */
const values = { ...talkingValues, records: { enabled: true, postgres: { storage: { ephemeral: true, size: '2Gi' } } } }

interface Policy {
  metadata: { generation: number }
  status?: RetentionPolicyStatus
}

/** A live bot on three zones, the chart's PostgreSQL, and a policy of a minute. */
describe('data of a call whose time has come', function () {
  this.timeout(600_000)
  let namespace: string
  let callers: Callers
  const policy = () => zones.kubeJson<Policy>('get', 'retentionpolicy', 'minute', '-n', namespace)
  const ready = async () => (await policy()).status?.conditions?.find(({ type }) => type === 'Ready')
  const tenant = () => ({ namespace, pod: 'callbot-records-0', role: namespace })
  const sweepPod = async () =>
    (
      await zones.kube('get', 'pods', '-n', operatorNamespace, '-l', 'app.kubernetes.io/component=sweep', '-o', 'name')
    ).trim()
  const keys = async () =>
    rowsIn<{ policy: string }>(
      { namespace: operatorNamespace, pod: await sweepPod(), role: 'callbot_sweep' },
      `SELECT policy FROM callbot.buckets WHERE tenant = '${namespace}'`,
    )

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values, timeoutSeconds: 420 })
    await waitReady()
    namespace = await zones.freshNamespace('minute')
    await zones.applyManifests({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name: 'minute', namespace } },
      spec: { rules: ['CallMetadata', 'CallerNumber'].map((each) => ({ class: each, seconds: LIFE_SECONDS })) },
    })
    const bot = zones.aBot(namespace, 'accueil', {
      retentionPolicyRef: { name: 'minute' },
      capacity: { minReplicas: 3, maxReplicas: 3, callsPerPod: 5 },
    })
    await zones.applyManifests(bot)
    // The policy is served before the call: a bot learns where records go within seconds.
    await eventually(async () => expect((await ready())?.status, (await ready())?.message).to.equal('True'), 180)
    await zones.settledPods(namespace)
    await zones.kube('wait', 'callbot', 'accueil', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.untilPublished(bot.spec.numbers[0]!)
    callers = await gatherCallers()
    const caller = await callers.dial(bot.spec.numbers[0]!)
    await caller.outcome
  })
  after(async () => {
    await callers?.end()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('is stored first: the role of the namespace reads it, and the status counts it', async () => {
    await eventually(async () => {
      const rows = await rowsIn<{ class: string }>(tenant(), 'SELECT class FROM callbot.records ORDER BY class')
      expect(rows).to.deep.include({ class: 'CallMetadata' })
    }, 30)
    await eventually(async () => {
      const { status } = await policy()
      expect(status?.stored).to.be.greaterThan(0)
      expect(status).to.include({ mode: 'Timed', violations: 0 })
      expect(Date.parse(status!.oldest!)).to.be.closeTo(Date.now(), 120_000)
      expect(Date.parse(status!.nextPurge!)).to.be.greaterThan(Date.now() - 5_000)
    }, 40)
  })

  it('is read by nobody else: another role is refused with this certificate, and sweep reads neither key nor body', async () => {
    const stranger = await rowsIn({ ...tenant(), role: 'callbot_sweep' }, 'SELECT 1')
    expect(stranger).to.deep.equal({ code: '28000' })
    const asked = { namespace: operatorNamespace, pod: await sweepPod(), role: 'callbot_sweep' }
    for (const sql of ['SELECT body FROM callbot.records', 'SELECT key FROM callbot.buckets'])
      expect(await rowsIn(asked, sql)).to.deep.equal({ code: '42501' })
  })

  it('is gone for the role of the namespace at its second', async () => {
    const seen = await watchUntilGone(tenant(), (LIFE_SECONDS + 30) * 1_000)
    const late = Math.max(0, (seen.goneAt ?? Infinity) - seen.lastExpiry)
    printFigures('expired data', [['readable after its expiry', `${late.toFixed(0)} ms at most`]])
    writeEvidence('expired-data-is-gone', { ...seen, lateMilliseconds: late })
    expect(seen.lastSeenAt, 'when it was read last').to.be.at.most(seen.lastExpiry)
    expect(late, 'until it could not be read').to.be.below(1_000)
  })

  it('has no key any more soon after, and the status says what was erased', async () => {
    await eventually(async () => expect(await keys()).to.deep.equal([]), 30)
    await eventually(async () => {
      const { status } = await policy()
      expect(status?.lastPurge?.erased).to.be.greaterThan(0)
      expect(status).to.include({ stored: 0, violations: 0, nextPurge: 'none' }).and.not.have.property('oldest')
    }, 40)
  })

  it('runs with two pods in two zones, and root keys that belong to nobody', async () => {
    const pods = (await zones.podsIn(namespace)).filter(({ metadata }) => metadata.name.startsWith('callbot-records-'))
    expect(new Set(pods.map(({ spec }) => spec.nodeName))).to.have.property('size', 2)
    const secret = await zones.kubeJson<{ metadata: object }>('get', 'secret', 'callbot-records-keys', '-n', namespace)
    expect(secret.metadata).to.not.have.property('ownerReferences')
  })

  it('can not be read by anybody when the root keys are lost, and the status says so instead of making new ones', async () => {
    await zones.kube('delete', 'secret', 'callbot-records-keys', '-n', namespace)
    await zones.kube('annotate', 'retentionpolicy', 'minute', '-n', namespace, 'test=look', '--overwrite')
    await zones.kube(
      'patch',
      'retentionpolicy',
      'minute',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"mode":"Audit"}}',
    )
    await eventually(async () => {
      await zones.kube('annotate', 'retentionpolicy', 'minute', '-n', namespace, `test=${Date.now()}`, '--overwrite')
      expect(await ready()).to.include({ status: 'False', reason: 'KeysMissing' })
    }, 260)
    const left = await zones.kube('get', 'secrets', '-n', namespace, '-o', 'name')
    expect(left).to.not.include('callbot-records-keys')
  })
})
