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
import { compile, type Matcher } from '../harness/octet-search/matcher.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../harness/speech-stand-in.ts'
import * as zones from '../harness/three-zones.ts'
import { startWebService, type WebService } from '../harness/web-service.ts'
import { startReceiver, type WebhookReceiver } from '../harness/webhook-receiver.ts'
import { CLASSES, standBots } from '../harness/zero-day/bots.ts'
import { placeCanaryCalls, type CanaryCalls } from '../harness/zero-day/calls.ts'
import {
  canariesOf,
  KEPT_A_DAY,
  KEPT_NOTHING,
  patternsOfFamily,
  type CanaryFamily,
} from '../harness/zero-day/canaries.ts'
import { isSealed, keptCalls, type KeptCalls } from '../harness/zero-day/kept-calls.ts'
import { owed, patternsOfPlants, plantLeaks, SURFACES } from '../harness/zero-day/plants.ts'
import { searchRecordingPeer, type RecordingPeer } from '../harness/zero-day/recording-peer.ts'
import * as surfaces from '../harness/zero-day/surfaces.ts'

const CALLS = extent('CALLS', { short: 200, whole: 200 })
const CONCURRENT = extent('CONCURRENT', { short: 24, whole: 24 })
/** After the last call; then nothing of it may be in any memory. */
const SETTLE_SECONDS = 60

/** Of the peer that records. */
const PEER_CALLS = 10

/** Of the bot that keeps them for a day. */
const TWIN_CALLS = 10

/** Pods pause for 30 s at most between two tries. */
const DELIVERED_SECONDS = 60

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
  let twin: CanaryCalls
  let kept: KeptCalls
  const delivered = () => new Set(receiver.messages.map(({ id }) => id))
  let matcher: Matcher

  before(async function () {
    zones.needsLocalCluster(this)
    surfaces.needsDisk(this)
    await installChart({
      values: { records: { enabled: true, postgres: { storage: { ephemeral: true, size: '2Gi' } } } },
      timeoutSeconds: 420,
    })
    await waitReady()
    namespace = await zones.freshNamespace('rien')
    speech = await startSpeechStandIn(host.address)
    service = await startWebService({ authority, address: host.address })
    receiver = await startReceiver(authority, [signingKey], host.address)
    const numbers = await standBots(namespace, { authority, speech, service, receiver, signingKey })
    const place = (family: CanaryFamily, number: string, calls: number, concurrent: number) => {
      let answered = 0
      // Probes go on after the last call, and nothing of a call is in their answers.
      service.answer = ({ method }) => ({
        status: 200,
        body: method === 'POST' ? JSON.stringify({ reponse: canariesOf(family, answered++).answer }) : '{}',
      })
      return placeCanaryCalls({ family, number, calls, concurrent, speech })
    }
    twin = await place(KEPT_A_DAY, numbers.aDay, TWIN_CALLS, TWIN_CALLS)
    await eventually(async () => {
      kept = await keptCalls(namespace)
      for (const each of CLASSES) expect(kept.said.get(each), each).to.have.length.of.at.least(TWIN_CALLS)
    }, DELIVERED_SECONDS)
    matcher = compile([...[KEPT_NOTHING, KEPT_A_DAY].flatMap(patternsOfFamily), ...patternsOfPlants(), ...kept.sealed])
    const placed = place(KEPT_NOTHING, numbers.nothing, CALLS, CONCURRENT)
    // In the middle of the calls, when some of each kind stand.
    await Promise.race([pause(12_000), placed])
    during = await surfaces.searchPrograms(matcher, (name) => name === 'voice' || name === 'kamailio')
    calls = await placed
    expect(calls.others.slice(0, 50), 'calls that went wrong').to.deep.equal([])
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
    expect(calls.whole).to.equal(CALLS)
    const paid = service.received
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => body)
      .slice(TWIN_CALLS)
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
    const found = namesFound()
    expect(owed().length).to.be.at.least(40)
    expect(owed().filter((name) => !found.has(name))).to.deep.equal([])
  })

  it('is in no octet that the machine wrote, and in no memory but what is known to be left, a minute after the last call', () => {
    const plain = searched.map((each) => ({
      ...each,
      finds: each.finds.filter((find) => !isPlanted(find) && !isSealed(find)),
    }))
    report(plain)
    const found = plain.map((each) => ({ ...each, finds: each.finds.filter((find) => !isKnown(each.surface, find)) }))
    const left = found.filter(({ finds }) => finds.length > 0)
    expect(left.map(({ surface, finds }) => `${surface}: ${formsOf(finds)}`)).to.deep.equal([])
  })

  it('would have been found: under a policy of one day all of it is in the store, and each sealed record on the disk', () => {
    expect(twin).to.deep.equal({ whole: TWIN_CALLS, others: [] })
    expect(kept.calls).to.equal(TWIN_CALLS)
    const said = (name: string) => kept.said.get(name)!.join('\n')
    for (let call = 0; call < TWIN_CALLS; call++) {
      const { number, name } = canariesOf(KEPT_A_DAY, call)
      expect(said('CallerNumber')).to.include(number)
      expect(said('CollectedFields')).to.include(name)
      expect(said('Transcript')).to.include(name)
    }
    const onDisk = namesFound('disk')
    expect(kept.sealed.filter(({ name }) => !onDisk.has(name))).to.deep.equal([])
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

  const namesFound = (on?: string) =>
    new Set(
      searched.flatMap(({ surface, finds }) =>
        on === undefined || surface === on ? finds.map(({ name }) => name) : [],
      ),
    )

  function report(plain: readonly surfaces.SurfaceFinds[]): void {
    const rows = plain.map(({ surface, octets, finds }): [string, string] => [
      surface,
      `${(octets / 2 ** 20).toFixed(0)} MiB, ${finds.length} finds ${formsOf(finds)}`,
    ])
    printFigures(`${CALLS} calls, ${owed().length} planted leaks; the search took ${seconds.toFixed(0)} s`, rows)
    for (const { surface, finds } of process.env['SHOW'] ? plain : [])
      for (const find of finds.slice(0, 12))
        console.log(surface, find.where ?? '', find.at.toString(16), find.name, JSON.stringify(find.around))
    const [anywhere, onDisk] = [namesFound(), namesFound('disk')]
    writeEvidence('zero-day', {
      calls: CALLS,
      planted: owed().length,
      plantsFound: owed().filter((name) => anywhere.has(name)).length,
      seconds,
      twin: {
        calls: TWIN_CALLS,
        records: kept.sealed.length,
        found: kept.sealed.filter(({ name }) => onDisk.has(name)).length,
      },
      surfaces: plain.map(summary),
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
