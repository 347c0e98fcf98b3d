// @stage speech  @programs voice records  @seconds 240
// @guard test/integration/store/a-record-is-delivered.test.ts
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatorNamespace } from '../../hack/chart.ts'
import { containersOf } from '../../hack/cluster/containers.ts'
import { host, stateDir } from '../../hack/cluster/settings.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import type { RetentionPolicyStatus } from '../../src/api/retention-policy.ts'
import { readSigningKeys, signedHeaders } from '../../src/rules/delivery/standard-webhooks.ts'
import { createAuthority } from '../harness/authority.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, itWhole } from '../harness/extent.ts'
import { longReading } from '../harness/long-reading.ts'
import { gatherNumberedCallers, type NumberedCallers } from '../harness/numbered-callers.ts'
import { formsOfDigits, patternsOf } from '../harness/octet-search/forms.ts'
import { compile } from '../harness/octet-search/matcher.ts'
import { startPythonVerifier, type PythonVerifier } from '../harness/standardwebhooks/verifier.ts'
import { rowsIn } from '../harness/store-pods.ts'
import * as zones from '../harness/three-zones.ts'
import { startReceiver, type ReceivedMessage, type WebhookReceiver } from '../harness/webhook-receiver.ts'
import * as surfaces from '../harness/zero-day/surfaces.ts'

/** No volumes on this machine: the database of this test is lost with its pod. */
const values = { ...talkingValues, records: { enabled: true, postgres: { storage: { ephemeral: true, size: '2Gi' } } } }
const GREETING = 'Bienvenue au cabinet des acacias.'
const CALLS = extent('CALLS', { short: 40, whole: 200 })
const CONCURRENT = 10
const CLASSES = ['CallMetadata', 'CallerNumber', 'Transcript']
/** Pods pause for 30 s at most between two tries. */
const CAUGHT_UP_SECONDS = 120

const secret = () => `whsec_${randomBytes(32).toString('base64')}`
const key = secret()
const ids = (messages: readonly ReceivedMessage[]) => new Set(messages.map(({ id }) => id))
const classesOf = ({ data }: ReceivedMessage) => data.records.map((record) => record.class)
const numberOf = ({ data }: ReceivedMessage) =>
  data.records.find((record) => record.class === 'CallerNumber')?.content['number'] as string
const isTaken = ({ as }: ReceivedMessage) => (typeof as === 'object' ? as.status : as) === 204

/** Live bots on three zones, a policy of 0 days, and a client's HTTPS server outside of the cluster, which fails in every way. */
describe('data of a call that is kept for 0 days, and delivered', function () {
  this.timeout(1_200_000)
  const authority = createAuthority('client CA')
  let namespace: string
  let verifier: PythonVerifier
  let receiver: WebhookReceiver
  let callers: NumberedCallers
  let numbers: { greets: string; reads: string }
  const policy = () =>
    zones.kubeJson<{ metadata: { generation: number }; status?: RetentionPolicyStatus }>(
      ...['get', 'retain', 'zero', '-n', namespace],
    )
  const delivered = async () => (await policy()).status?.conditions?.find(({ type }) => type === 'Delivered')
  const taken = (since = 0) => receiver.messages.slice(since).filter(isTaken)

  const applyPolicy = (classes: readonly string[]) =>
    zones.applyManifests({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name: 'zero', namespace } },
      spec: {
        rules: CLASSES.map((each) => ({ class: each, days: 0 })),
        delivery: {
          webhook: {
            url: `https://${host.address}:${receiver.port}/calls`,
            tls: { caSecretRef: { name: 'crm', key: 'ca.crt' }, serverName: 'localhost' },
          },
          classes,
          signingSecretRef: { name: 'crm' },
        },
      },
    })

  async function standBots(): Promise<void> {
    const capacity = { minReplicas: 3, maxReplicas: 3, callsPerPod: 10 }
    const common = { retentionPolicyRef: { name: 'zero' }, capacity }
    const steps = [
      { name: 'bonjour', say: { text: GREETING }, next: 'fin' },
      { name: 'fin', hangUp: {} },
    ]
    const bots = [
      zones.aBot(namespace, 'accueil', { ...common, dialog: { inline: { steps } } }),
      zones.aBot(namespace, 'lecture', { ...common, dialog: longReading(240), drain: { deadlineSeconds: 300 } }),
    ]
    numbers = { greets: bots[0]!.spec.numbers[0]!, reads: bots[1]!.spec.numbers[0]! }
    const data = { 'callbots.hosts': host.address, signingKey: key, 'ca.crt': authority.cert }
    await zones.applyManifests({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'crm', namespace } },
      stringData: data,
    })
    await applyPolicy(CLASSES)
    await zones.applyManifests(...bots)
    await eventually(async () => expect((await delivered())?.status).to.equal('True'), 180)
    await zones.settledPods(namespace)
    await zones.kube('wait', 'callbot', '--all', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.untilPublished(numbers.greets, numbers.reads)
  }

  before(async function () {
    zones.needsLocalCluster(this)
    verifier = await startPythonVerifier()
    await installChart({ values, timeoutSeconds: 420 })
    await waitReady()
    namespace = await zones.freshNamespace('zero')
    receiver = await startReceiver(authority, [key], host.address, verifier.isSigned)
    await standBots()
    callers = await gatherNumberedCallers()
  })
  after(async () => {
    await callers?.close()
    await receiver?.close()
    await verifier?.close()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('is signed as a client verifies it, who knows a forged signature and a changed text', async () => {
    const body = Buffer.from('{"type":"call.ended"}')
    const signedBy = (by: string) =>
      signedHeaders({ id: 'x-memory', at: Date.now(), body, keys: readSigningKeys(by)! }) as Record<string, string>
    expect(await verifier.isSigned(key, body.toString(), signedBy(key))).to.equal(true)
    expect(await verifier.isSigned(key, body.toString(), signedBy(secret()))).to.equal(false)
    expect(await verifier.isSigned(key, '{"type":"call.begun"}', signedBy(key))).to.equal(false)
  })

  it(`comes signed, under one id for each of ${CALLS} calls, to a receiver that is killed, fails, is slow and redirects`, async () => {
    const faults = [
      () => receiver.close(),
      () => receiver.reopen().then(() => (receiver.behaviour = 500)),
      () => (receiver.behaviour = { status: 204, afterMs: 6_000 }),
      () => (receiver.behaviour = 'no-answer'),
      () => (receiver.behaviour = { status: 307, headers: { location: '/elsewhere' } }),
    ]
    const share = Math.ceil(CALLS / (faults.length + 1))
    const onEnd = (over: number) => void (over % share === 0 && faults.shift()?.())
    const placed = await callers.placeAll({ number: numbers.greets, calls: CALLS, concurrent: CONCURRENT, onEnd })
    expect(faults).to.have.length(0)
    receiver.behaviour = 204
    const from = performance.now()
    await eventually(() => expect(ids(taken()).size).to.equal(CALLS), CAUGHT_UP_SECONDS)
    const caughtUp = (performance.now() - from) / 1_000
    expect(receiver.unsigned, 'forged').to.deep.equal([])
    expect([...new Set(taken().map(numberOf))].sort()).to.deep.equal(placed.toSorted())
    for (const message of receiver.messages) {
      expect(message.id).to.equal(`${message.data.call}-memory`)
      expect(message.path, 'no redirect is followed').to.equal('/calls')
      expect(classesOf(message)).to.deep.equal(CLASSES)
      expect(JSON.stringify(message.data.records)).to.include(GREETING)
    }
    printFigures('calls delivered from memory', [
      ['calls, and ids that the receiver took', `${placed.length}, ${ids(taken()).size}`],
      ['messages that it read', `${receiver.messages.length}`],
      ['all taken, after it was well again', `${caughtUp.toFixed(1)} s`],
    ])
    const figures = { calls: placed.length, ids: ids(taken()).size, messages: receiver.messages.length }
    writeEvidence('a-call-is-delivered', { ...figures, forged: receiver.unsigned.length, caughtUpSeconds: caughtUp })
  })

  it('is in no row of the database and in no log', async () => {
    const asked = ['get', 'pods', '-n', operatorNamespace, '-l', 'app.kubernetes.io/component=sweep', '-o', 'name']
    const pod = (await zones.kube(...asked)).trim()
    const sql = `SELECT id FROM callbot.buckets WHERE tenant = '${namespace}'`
    expect(await rowsIn({ namespace: operatorNamespace, pod, role: 'callbot_sweep' }, sql)).to.deep.equal([])
    for (const { metadata } of await zones.podsIn(namespace)) {
      const log = await zones.kube('logs', '-n', namespace, metadata.name)
      expect(log, metadata.name).to.not.include(GREETING).and.not.include(callers.digits)
    }
  })

  itWhole('is in no octet of a disk', async () => {
    const planted = join(stateDir, 'planted')
    const matcher = compile(patternsOf('digits', formsOfDigits(callers.digits)))
    const search = async () => {
      const searched = [await surfaces.searchDisk(matcher), await surfaces.searchFilesInMemory(matcher)]
      return searched.flatMap(({ finds }) => finds)
    }
    expect(await search()).to.deep.equal([])
    writeFileSync(planted, `+${callers.digits}`)
    try {
      expect(await search(), 'it would have been found').to.not.deep.equal([])
    } finally {
      rmSync(planted)
    }
  })

  it('is lost with a pod that is killed, of the calls that it has begun and not ended alone', async () => {
    const before = receiver.messages.length
    const calls = await Promise.all(Array.from({ length: 6 }, () => callers.place(numbers.reads)))
    await Promise.all(calls.map((call) => call.botSpeaks()))
    const pod = (await zones.podsIn(namespace)).find(({ metadata }) => metadata.name.startsWith('lecture-'))!
    process.kill(containersOf(namespace, pod.metadata.name)[0]!.pid, 'SIGKILL')
    const received = () => calls.map(({ session }) => session.statistics().receivedPackets)
    // What the dead pod had sent was on its way; a living one sends 50 packets a second.
    await pause(500)
    const once = received()
    await pause(3_000)
    const later = received()
    const cut = calls.filter((_, index) => later[index] === once[index]).map(({ from }) => from)
    expect(cut.length, 'calls of the killed pod').to.be.within(1, calls.length - 1)
    await Promise.all(calls.map((call) => call.dialog.bye()))
    const ended = calls.map(({ from }) => from).filter((from) => !cut.includes(from))
    await eventually(() => expect(taken(before).map(numberOf).sort()).to.deep.equal(ended.sort()), 30)
    await pause(5_000)
    expect(ids(taken(before)).size).to.equal(calls.length - cut.length)
  })

  it('waits for a receiver that fails, the policy says so, and it comes under its one id', async () => {
    const before = receiver.messages.length
    receiver.behaviour = 503
    await callers.placeAll({ number: numbers.greets, calls: 3, concurrent: 3 })
    await eventually(async () => {
      expect(await delivered()).to.include({ status: 'False', reason: 'DeliveryFailing' })
    }, 40)
    receiver.behaviour = 204
    await eventually(() => expect(ids(taken(before)).size).to.equal(3), CAUGHT_UP_SECONDS)
    expect(ids(receiver.messages.slice(before)).size).to.equal(3)
    await eventually(async () => expect(await delivered()).to.include({ status: 'True' }), 40)
  })

  it('comes in the classes of a tighter policy alone, also of calls that had begun before', async () => {
    const before = receiver.messages.length
    const begun = await Promise.all(Array.from({ length: 3 }, () => callers.place(numbers.reads)))
    await Promise.all(begun.map((call) => call.botSpeaks()))
    await applyPolicy(['CallMetadata'])
    const { generation } = (await policy()).metadata
    await eventually(async () => expect((await delivered())?.observedGeneration).to.equal(generation), 60)
    await zones.kube('rollout', 'status', 'statefulset/callbot-records', '-n', namespace, '--timeout=180s')
    await Promise.all(begun.map((call) => call.dialog.bye()))
    await callers.placeAll({ number: numbers.greets, calls: 10, concurrent: CONCURRENT })
    await eventually(() => expect(ids(taken(before)).size).to.equal(13), CAUGHT_UP_SECONDS)
    for (const message of receiver.messages.slice(before)) expect(classesOf(message)).to.deep.equal(['CallMetadata'])
    expect(receiver.unsigned, 'forged').to.deep.equal([])
  })
})
