// @programs voice records store-server edge
// @guard test/integration/calls/a-pod-forgets-its-calls.test.ts
// @guard test/integration/listeners/no-memory-on-disk.test.ts
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { host } from '../../hack/cluster/settings.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import { createAuthority } from '../harness/authority.ts'
import { compile } from '../harness/octet-search/matcher.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../harness/speech-stand-in.ts'
import * as zones from '../harness/three-zones.ts'
import { startWebService, type WebService } from '../harness/web-service.ts'
import { startReceiver, type WebhookReceiver } from '../harness/webhook-receiver.ts'
import { canarySteps, placeCanaryCalls, type CanaryCalls } from '../harness/zero-day/calls.ts'
import { canariesOf, KEPT_NOTHING, patternsOfFamily } from '../harness/zero-day/canaries.ts'
import { owed, patternsOfPlants, plantLeaks, SURFACES } from '../harness/zero-day/plants.ts'
import { searchRecordingPeer, type RecordingPeer } from '../harness/zero-day/recording-peer.ts'
import * as surfaces from '../harness/zero-day/surfaces.ts'

const CALLS = extent('CALLS', { short: 200, whole: 10_000 })
const CONCURRENT = extent('CONCURRENT', { short: 24, whole: 24 })
/** After the last call; then nothing of it may be in any memory. */
const SETTLE_SECONDS = 60

/** Of the peer that records. */
const PEER_CALLS = 10

/** Pods pause for 30 s at most between two tries. */
const DELIVERED_SECONDS = 60
const CLASSES = ['CallMetadata', 'CallerNumber', 'Transcript', 'CollectedFields']

const authority = createAuthority('caisse CA')
const signingKey = `whsec_${randomBytes(32).toString('base64')}`

describe('a call of which nothing is kept, and all is delivered', function () {
  this.timeout(CALLS * 3_000 + 900_000)
  let namespace: string
  let speech: SpeechStandIn
  let service: WebService
  let receiver: WebhookReceiver
  let calls: CanaryCalls
  let during: surfaces.SurfaceFinds[]
  let last: number
  let searched: surfaces.SurfaceFinds[]
  let seconds: number
  let peer: RecordingPeer
  const delivered = () => new Set(receiver.messages.map(({ id }) => id))
  const matcher = compile([...patternsOfFamily(KEPT_NOTHING), ...patternsOfPlants()])

  before(async function () {
    zones.needsLocalCluster(this)
    if (!surfaces.isOnDisk()) this.skip() // `make zero-day` starts such a cluster
    await installChart({
      values: { records: { enabled: true, postgres: { storage: { ephemeral: true, size: '2Gi' } } } },
      timeoutSeconds: 420,
    })
    await waitReady()
    namespace = await zones.freshNamespace('rien')
    speech = await startSpeechStandIn(host.address)
    service = await startWebService({ authority, address: host.address })
    let answered = 0
    service.answer = () => ({
      status: 200,
      body: JSON.stringify({ reponse: canariesOf(KEPT_NOTHING, answered++).answer }),
    })
    receiver = await startReceiver(authority, [signingKey], host.address)
    const number = await standBot(namespace, speech, service, receiver)
    const placed = placeCanaryCalls({ family: KEPT_NOTHING, number, calls: CALLS, concurrent: CONCURRENT, speech })
    // In the middle of the calls, when some of each kind stand.
    await Promise.race([pause(12_000), placed])
    during = await surfaces.searchPrograms(matcher, (name) => name === 'voice' || name === 'kamailio')
    calls = await placed
    await eventually(() => expect(delivered()).to.have.property('size', CALLS), DELIVERED_SECONDS)
    last = performance.now()
    await plantLeaks(`${namespace}-leaks`)
    peer = await searchRecordingPeer({ family: KEPT_NOTHING, calls: PEER_CALLS, settleSeconds: 1, matcher })
    await pause(Math.max(0, last + SETTLE_SECONDS * 1_000 - performance.now()))
    const began = performance.now()
    searched = [
      ...(await surfaces.searchPrograms(matcher)),
      await surfaces.searchFilesInMemory(matcher),
      await surfaces.searchDisk(matcher),
    ]
    seconds = (performance.now() - began) / 1_000
  })
  after(async () => {
    await service?.close()
    await receiver?.close()
    await speech?.close()
    if (!namespace) return
    await zones.removeNamespace(namespace)
    await zones.kube('delete', 'namespace', `${namespace}-leaks`, '--ignore-not-found', '--wait=false')
  })

  it('went by as a whole: card, words and the answer of the web service', () => {
    expect(calls.others.slice(0, 5)).to.deep.equal([])
    expect(calls.whole).to.equal(CALLS)
    const paid = service.received.filter(({ method }) => method === 'POST').map(({ body }) => body)
    expect(paid).to.have.length(CALLS)
    expect(paid.every((body) => body.includes(KEPT_NOTHING.digits) && body.includes(KEPT_NOTHING.name))).to.equal(true)
  })

  it('was delivered to the client, from memory: number, words and what was collected', () => {
    const texts = receiver.messages.map(({ data }) => JSON.stringify(data))
    expect(texts.filter((text) => !(text.includes(KEPT_NOTHING.digits) && text.includes(KEPT_NOTHING.name)))).to.be
      .empty
    expect(receiver.messages.filter(({ id }) => !id.endsWith('-memory'))).to.be.empty
    expect(receiver.unsigned).to.be.empty
  })

  it('was in the memory of its programs while it lasted, where the search finds it', () => {
    const forms = (surface: string) =>
      new Set(during.find((each) => each.surface === surface)?.finds.map(({ name }) => name))
    expect([...forms('memory of voice')]).to.include.members(['digits/UTF-8', 'name/UTF-8', 'answer/UTF-8'])
    expect([...forms('memory of kamailio')]).to.include('digits/UTF-8')
  })

  it('would have been found: what is planted is, on every surface and in every form', () => {
    const found = new Set(searched.flatMap(({ finds }) => finds.filter(isPlanted).map(({ name }) => name)))
    expect(owed().length).to.be.at.least(40)
    expect(owed().filter((name) => !found.has(name))).to.deep.equal([])
  })

  it('is in no octet that the machine wrote, and in no memory but what is known to be left, a minute after the last call', () => {
    const kept = searched.map((each) => ({ ...each, finds: each.finds.filter((find) => !isPlanted(find)) }))
    report(kept)
    const found = kept.map((each) => ({ ...each, finds: each.finds.filter((find) => !isKnown(each.surface, find)) }))
    const left = found.filter(({ finds }) => finds.length > 0)
    expect(left.map(({ surface, finds }) => `${surface}: ${formsOf(finds)}`)).to.deep.equal([])
  })

  it('is found in the free blocks of a peer that records calls and deletes them', () => {
    printFigures(
      `Asterisk with MixMonitor and CDR, after ${PEER_CALLS} calls and their deletion`,
      peer.surfaces.map(({ surface, finds }) => [surface, formsOf(finds)]),
    )
    expect(peer.filesLeft).to.deep.equal([])
    const forms = surfaces.countForms(peer.surfaces[0]!.finds).map(([form]) => form)
    expect(forms).to.include.members(['digits/UTF-8', 'sound/PCM 16 bit, 8 kHz'])
  })

  function report(kept: readonly surfaces.SurfaceFinds[]): void {
    const rows = kept.map(({ surface, octets, finds }): [string, string] => [
      surface,
      `${(octets / 2 ** 20).toFixed(0)} MiB, ${finds.length} finds ${formsOf(finds)}`,
    ])
    printFigures(`${CALLS} calls, ${owed().length} planted leaks; the search took ${seconds.toFixed(0)} s`, rows)
    for (const { surface, finds } of process.env['SHOW'] ? kept : [])
      for (const find of finds.slice(0, 12))
        console.log(surface, find.where ?? '', find.at.toString(16), find.name, JSON.stringify(find.around))
    writeEvidence('zero-day', {
      calls: CALLS,
      planted: owed().length,
      seconds,
      surfaces: kept.map(summary),
      peer: peer.surfaces.map(summary),
    })
  }
})

/** What docs/guides/data.md says is left: of an edge the messages of calls, of a pod those that a connection had last. */
const isKnown = (surface: string, { around }: { around: string }) =>
  surface === 'memory of kamailio' || (surface === 'memory of voice' && /<sips?:[+]?[0-9]+@/.test(around))

const isPlanted = ({ name }: { name: string }) =>
  Object.keys(SURFACES).some((surface) => name.startsWith(`${surface}/`))

const formsOf = (finds: surfaces.SurfaceFinds['finds']) =>
  surfaces
    .countForms(finds)
    .slice(0, 8)
    .map(([form, count]) => `${form} ${count}`)
    .join(', ')

const summary = ({ surface, octets, finds }: surfaces.SurfaceFinds) => ({
  ...{ surface, octets, finds: finds.length },
  forms: Object.fromEntries(surfaces.countForms(finds)),
})

/** A bot that keeps nothing, on three zones, the client's web service, and where its calls are delivered. @returns its number */
async function standBot(
  namespace: string,
  speech: SpeechStandIn,
  service: WebService,
  receiver: WebhookReceiver,
): Promise<string> {
  const ca = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'caisse-ca', namespace } }
  const crm = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'crm', namespace } }
  const released = { 'callbots.hosts': host.address, signingKey, 'ca.crt': authority.cert }
  await zones.applyManifests(
    { ...ca, stringData: { 'ca.crt': authority.cert } },
    { ...crm, stringData: released },
    tillOf(namespace, service.url),
    policyOf(namespace, `https://${host.address}:${receiver.port}/calls`),
  )
  const { provider } = speech
  const bot = zones.aBot(namespace, 'caisse', {
    ...{ dialog: { inline: { steps: canarySteps } } as never, retentionPolicyRef: { name: 'rien' } },
    speech: { asr: [provider], tts: [provider] } as never,
    integrationRefs: [{ name: 'pbx' }, { name: 'caisse' }],
    capacity: { minReplicas: 3, maxReplicas: 3, callsPerPod: 20 },
  })
  await zones.applyManifests(bot)
  await zones.settledPods(namespace)
  await zones.kube('wait', 'callbot', 'caisse', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
  await zones.untilPublished(bot.spec.numbers[0]!)
  return bot.spec.numbers[0]!
}

const policyOf = (namespace: string, url: string) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name: 'rien', namespace } },
  spec: {
    rules: [...CLASSES, 'Diagnostics'].map((each) => ({ class: each, days: 0 })),
    collect: ['carte', 'nom'].map((field) => ({ field, purpose: 'to pay', legalBasis: 'Consent' })),
    delivery: {
      webhook: { url, tls: { caSecretRef: { name: 'crm', key: 'ca.crt' }, serverName: 'localhost' } },
      classes: CLASSES,
      signingSecretRef: { name: 'crm' },
    },
  },
})

const tillOf = (namespace: string, url: string) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name: 'caisse', namespace } },
  spec: {
    criticality: 'Standard',
    http: {
      endpoints: [
        { name: 'une', role: 'Primary', url, tls: { caSecretRef: { name: 'caisse-ca' }, serverName: 'localhost' } },
      ],
      operations: [
        {
          ...{ name: 'payer', method: 'POST', path: '/payer' },
          input: [{ name: 'carte' }, { name: 'nom' }],
          output: [{ name: 'reponse', pointer: '/reponse' }],
        },
      ],
    },
  },
})
