// @stage speech  @programs voice records
// @guard test/integration/store/a-record-is-delivered.test.ts
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { operatorNamespace } from '../../hack/chart.ts'
import { host } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import type { RetentionPolicyStatus } from '../../src/api/retention-policy.ts'
import { createAuthority } from '../harness/authority.ts'
import { gatherCallers, type Callers } from '../harness/callers.ts'
import { eventually } from '../harness/eventually.ts'
import { rowsIn } from '../harness/store-pods.ts'
import * as zones from '../harness/three-zones.ts'
import { startReceiver, type WebhookReceiver } from '../harness/webhook-receiver.ts'

/** No volumes on this machine: the database of this test is lost with its pod. */
const values = { ...talkingValues, records: { enabled: true, postgres: { storage: { ephemeral: true, size: '2Gi' } } } }
const GREETING = 'Bienvenue au cabinet des acacias.'
const CALLS = 3

/** A live bot on three zones, a policy of 0 days, and a client's HTTPS server outside of the cluster. */
describe('data of a call that is kept for 0 days, and delivered', function () {
  this.timeout(600_000)
  const authority = createAuthority('client CA')
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  let namespace: string
  let receiver: WebhookReceiver
  let callers: Callers
  let number: string
  const condition = async (name: string) => {
    const { status } = await zones.kubeJson<{ status?: RetentionPolicyStatus }>(
      'get',
      'retain',
      'zero',
      '-n',
      namespace,
    )
    return status?.conditions?.find(({ type }) => type === name)
  }

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values, timeoutSeconds: 420 })
    await waitReady()
    namespace = await zones.freshNamespace('zero')
    receiver = await startReceiver(authority, [secret], host.address)
    const data = { 'callbots.hosts': host.address, signingKey: secret, 'ca.crt': authority.cert }
    const bot = zones.aBot(namespace, 'accueil', {
      retentionPolicyRef: { name: 'zero' },
      capacity: { minReplicas: 3, maxReplicas: 3, callsPerPod: 5 },
      dialog: {
        inline: {
          steps: [
            { name: 'bonjour', say: { text: GREETING }, next: 'fin' },
            { name: 'fin', hangUp: {} },
          ],
        },
      },
    })
    number = bot.spec.numbers[0]!
    await zones.applyManifests(
      { ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'crm', namespace } }, stringData: data },
      {
        ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name: 'zero', namespace } },
        spec: {
          rules: [{ class: 'Transcript', days: 0 }],
          delivery: {
            webhook: {
              url: `https://${host.address}:${receiver.port}/calls`,
              tls: { caSecretRef: { name: 'crm', key: 'ca.crt' }, serverName: 'localhost' },
            },
            classes: ['CallMetadata', 'Transcript'],
            signingSecretRef: { name: 'crm' },
          },
        },
      },
      bot,
    )
    await eventually(async () => expect((await condition('Delivered'))?.status).to.equal('True'), 180)
    await zones.settledPods(namespace)
    await zones.kube('wait', 'callbot', 'accueil', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.untilPublished(number)
    callers = await gatherCallers()
  })
  after(async () => {
    await callers?.end()
    await receiver?.close()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('comes signed, once for each call, with what was said', async () => {
    const ended: number[] = []
    for (let call = 0; call < CALLS; call++) {
      await (
        await callers.dial(number)
      ).outcome
      ended.push(Date.now())
    }
    await eventually(() => expect(receiver.messages).to.have.length(CALLS), 30)
    expect(receiver.unsigned).to.deep.equal([])
    expect(new Set(receiver.messages.map(({ id }) => id))).to.have.property('size', CALLS)
    for (const { id, data } of receiver.messages) {
      expect(id).to.equal(`${data.call}-memory`)
      expect(data.records.map((record) => record.class)).to.deep.equal(['CallMetadata', 'Transcript'])
      expect(JSON.stringify(data.records)).to.include(GREETING)
    }
    const late = receiver.messages.map(({ at }, call) => at - ended[call]!)
    printFigures('delivered from memory', [['after the end of the call', `${Math.max(...late)} ms at most`]])
    writeEvidence('a-record-is-delivered-from-memory', { lateMilliseconds: late })
  })

  it('is in no row of the database and in no log', async () => {
    const asked = ['get', 'pods', '-n', operatorNamespace, '-l', 'app.kubernetes.io/component=sweep', '-o', 'name']
    const pod = (await zones.kube(...asked)).trim()
    const sql = `SELECT id FROM callbot.buckets WHERE tenant = '${namespace}'`
    expect(await rowsIn({ namespace: operatorNamespace, pod, role: 'callbot_sweep' }, sql)).to.deep.equal([])
    for (const { metadata } of await zones.podsIn(namespace)) {
      const log = await zones.kube('logs', '-n', namespace, metadata.name)
      expect(log, metadata.name).to.not.include(GREETING)
    }
  })

  it('waits for a receiver that fails, the policy says so, and it comes under its one id', async () => {
    receiver.behaviour = 503
    const before = receiver.messages.length
    await (
      await callers.dial(number)
    ).outcome
    await eventually(async () => {
      expect(await condition('Delivered')).to.include({ status: 'False', reason: 'DeliveryFailing' })
    }, 40)
    receiver.behaviour = 204
    await eventually(() => expect(receiver.messages.at(-1)!.as).to.equal(204), 60)
    expect(new Set(receiver.messages.slice(before).map(({ id }) => id))).to.have.property('size', 1)
    await eventually(async () => expect(await condition('Delivered')).to.include({ status: 'True' }), 40)
  })
})
