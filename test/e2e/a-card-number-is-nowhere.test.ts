// @stage speech  @programs voice records store-server  @seconds 58
// @guard test/integration/calls/a-pod-forgets-its-calls.test.ts
// @guard test/integration/store/a-call-becomes-records.test.ts
import { expect } from 'chai'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  botPods,
  converse,
  kubectlCommand,
  sentencesRendered,
  type Conversation,
} from '../../hack/calls/conversation.ts'
import { followTurns, type Transcript } from '../../hack/calls/turns.ts'
import { host, stateDir } from '../../hack/cluster/settings.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { createAuthority } from '../harness/authority.ts'
import { gatherCallers, type Callers } from '../harness/callers.ts'
import { eventually } from '../harness/eventually.ts'
import { formsIn } from '../harness/search-for-digits.ts'
import * as zones from '../harness/three-zones.ts'
import { aTill } from '../harness/till.ts'
import { startWebService, type WebService } from '../harness/web-service.ts'

/** Numbers that pass Luhn's check and belong to nobody. The second is planted, so that a search that is blind is noticed. */
const CARD = '4970105191923460'
const PLANTED = '4970109997770001'
const SYSTEM = 'callbot-system'
const KINDS = [
  ...['callbots', 'integrations', 'retentionpolicies', 'configmaps', 'secrets', 'pods', 'events', 'leases'],
  ...['deployments', 'replicasets', 'endpointslices', 'services'],
]
const MOST_OCTETS = 600_000_000
/** For what was written last to be where it is searched for. */
const SETTLE_SECONDS = 3

const steps = [
  {
    name: 'carte',
    ask: {
      ...{ text: 'Tapez les seize chiffres de votre carte.', field: 'carte', keys: 'Only', sensitivity: 'Secret' },
      ...{ slot: { type: 'Digits', minDigits: 16, maxDigits: 16 }, confirm: 'Always', noInputSeconds: 30 },
    },
    next: 'payer',
  },
  {
    name: 'payer',
    request: { integration: 'caisse', operation: 'payer', input: [{ name: 'carte', value: '{carte}' }] },
    next: 'fin',
  },
  { name: 'fin', hangUp: { say: 'C’est payé. Au revoir.' } },
]

const authority = createAuthority('caisse CA')

describe('a card number that a caller types for a secret answer', function () {
  this.timeout(600_000)
  let namespace: string
  let callers: Callers
  let service: WebService
  let transcript: Transcript
  let conversation: Conversation

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('cartes')
    service = await startWebService({ authority, address: host.address })
    service.answer = () => ({ status: 200, body: '{}' })
    const ca = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'caisse-ca', namespace } }
    await zones.applyManifests(
      { ...ca, stringData: { 'ca.crt': authority.cert } },
      aTill(namespace, service.url, { input: ['carte'] }),
      zones.aRetentionPolicy(namespace, 'cartes', ['carte']),
    )
    const bot = zones.aBot(namespace, 'caisse', {
      ...{ dialog: { inline: { steps } } as never, retentionPolicyRef: { name: 'cartes' } },
      integrationRefs: [{ name: 'pbx' }, { name: 'caisse' }],
      capacity: { minReplicas: 1, maxReplicas: 1, callsPerPod: 5 },
    })
    await zones.applyManifests(bot)
    await zones.kube('wait', 'callbot', 'caisse', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.untilPublished(bot.spec.numbers[0]!)
    callers = await gatherCallers()
    const pods = await botPods({ namespace, name: 'caisse' })
    await sentencesRendered(pods, 120)
    transcript = await followTurns(kubectlCommand(), pods, () => undefined)
    const answers = [
      { asked: /seize chiffres de votre carte/, ways: [{ keys: CARD }] },
      { asked: /Vous avez tapé/, ways: [{ keys: '1' }] },
    ]
    conversation = await converse('by keys', bot.spec.numbers[0]!, answers, { ...callers.place(), transcript })
    await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1_000))
  })
  after(async () => {
    transcript?.stop()
    await callers?.end()
    await service?.close()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('reaches the web service that it is for', () => {
    const paid = service.received.filter(({ method }) => method === 'POST')
    expect(paid.map(({ body }) => JSON.parse(body) as unknown)).to.deep.equal([{ carte: CARD }])
  })

  it('is a row of dots to who listens, and is repeated to the caller as a count of digits', () => {
    const told = JSON.stringify(transcript.lines, undefined, 1)
    expect(conversation.turns.filter(({ key }) => key === '•').length, told).to.equal(17)
    expect(told).to.include('Vous avez tapé 16 chiffres')
    expect(formsIn(told, CARD)).to.deep.equal([])
  })

  it('is in no log of bots, edges, operator and speech server, in no object, and not on the disk of the API server', async () => {
    for (const [place, octets] of await everyPlace(namespace)) expect(formsIn(octets, CARD), place).to.deep.equal([])
  })

  it('would have been found: what is planted in objects is, there and on the disk of the API server', async () => {
    const pod = (await botPods({ namespace, name: 'caisse' }))[0]!
    await zones.applyManifests({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'planted', namespace } },
      data: { leak: Buffer.from(`card=${PLANTED}`).toString('base64') },
    })
    await zones.kube('annotate', 'pod', pod.name, '-n', namespace, `planted=${PLANTED}`)
    await eventually(async () => {
      const found = (await everyPlace(namespace)).filter(([, octets]) => formsIn(octets, PLANTED).length > 0)
      expect(found.map(([place]) => place.split(' ')[0])).to.include.members(['objects', 'disk'])
    }, 20)
  })
})

/** Everything that is searched, by its name. */
async function everyPlace(namespace: string): Promise<[string, string | Buffer][]> {
  const objects = await Promise.all(KINDS.map((kind) => zones.kube('get', kind, '-A', '-o', 'json')))
  const logs: [string, string][] = []
  for (const each of [namespace, SYSTEM]) {
    for (const { metadata } of await zones.podsIn(each)) {
      const log = await zones.kube('logs', metadata.name, '-n', each, '--all-containers', '--tail=-1')
      logs.push([`log of ${metadata.name}`, log])
    }
  }
  const disk = [...filesBelow(stateDir)].map((file): [string, Buffer] => [`disk ${file}`, readFileSync(file)])
  return [...KINDS.map((kind, index): [string, string] => [`objects ${kind}`, objects[index]!]), ...logs, ...disk]
}

/** Of etcd, its logs and the audit log. Layers of images are none of a call's, and too many. */
function* filesBelow(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && /etcd|member|wal|snap$|logs/.test(entry.name)) yield* filesBelow(path)
    else if (entry.isFile() && statSync(path).size <= MOST_OCTETS) yield path
  }
}
