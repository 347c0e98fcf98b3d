// @tier check  @stage speech  @seconds 5
import { expect } from 'chai'
import { join } from 'node:path'
import { startCapture, type Capture } from '../../hack/calls/capture.ts'
import {
  botPods,
  converse,
  hungUpByBot,
  kubectlCommand,
  sentencesRendered,
  type Conversation,
} from '../../hack/calls/conversation.ts'
import { readyEdges } from '../../hack/calls/edges.ts'
import { clientManifests } from '../../hack/client/manifests.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { humanCaller, SAMPLE_NUMBER } from '../../hack/calls/sample-callers.ts'
import { judgeSecrecy } from '../../hack/calls/secrecy.ts'
import { followTurns, type Transcript } from '../../hack/calls/turns.ts'
import { host, zones as allZones } from '../../hack/cluster/settings.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import type { Manifest } from '../../src/kube/raw-object.ts'
import { gatherCallers, within, type Callers } from '../harness/callers.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** Of config/samples. */
const BOT = { namespace: 'cabinet-des-lilas', name: 'rendez-vous' }
/**
 * Everything of a call passes these; what the cluster itself says to its API server doesn't. Nor does DNS (pods of CoreDNS listen at 1053): the ids of its messages are
 * random, and a quarter of them look like RTP.
 */
const WIRE = '(udp and not port 53 and not port 1053) or tcp port 5060 or tcp port 5061 or tcp port 5071'

function* allPackets(files: readonly string[]) {
  for (const file of files) yield* packetsIn(file)
}

/** Edges ask trunks of other tests in clear, as those want it, until the namespace of a test has gone. */
const othersGone = () =>
  eventually(async () => {
    const { items } = await zones.kubeJson<{ items: Manifest[] }>('get', 'integrations', '-A')
    const others = items.map(({ metadata }) => metadata.namespace).filter((name) => name !== BOT.namespace)
    expect(others, 'namespaces of other tests').to.deep.equal([])
  }, 300)

describe('a person who phones the sample bot in French, in a human voice', function () {
  this.timeout(900_000)
  let callers: Callers
  let transcript: Transcript
  let conversation: Conversation
  let files: string[]

  // `make demo` has the same conversation, and test/integration/calls/human-voice.test.ts the same voice.
  before(async function () {
    needsWholeForm(this)
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    await zones.kube('apply', '--server-side', '-f', 'config/samples')
    // Its telephone system answers, so that it is Ready; its appointment book doesn't, and no caller is left aside for that.
    await zones.applyManifests(...clientManifests(BOT.namespace, ['client-pbx']))
    const ready = ['--for=condition=Ready', '--timeout=240s']
    await zones.kube('wait', 'callbot', BOT.name, '-n', BOT.namespace, ...ready)
    callers = await gatherCallers()
    const pods = await botPods(BOT)
    await sentencesRendered(pods, 240)
    transcript = await followTurns(kubectlCommand(), pods, () => undefined)
    const answers = await humanCaller()
    await othersGone()
    const captures: Capture[] = []
    files = []
    for (const netns of [undefined, ...allZones.map((zone) => zone.netns)]) {
      const file = join(callers.folder, `${netns ?? 'host'}.pcap`)
      const networkInterface = netns === undefined ? host.link : 'any'
      captures.push(await startCapture({ file, networkInterface, filter: WIRE, ...(netns ? { netns } : {}) }))
      files.push(file)
    }
    conversation = await converse('a human voice', SAMPLE_NUMBER, answers, { ...callers.place(), transcript })
    for (const capture of captures) expect(await capture.stop()).to.deep.equal({ dropped: 0 })
  })
  after(async () => {
    transcript?.stop()
    await callers?.end()
    if (callers)
      await zones.kube('delete', 'namespace', BOT.namespace, 'client-pbx', '--ignore-not-found', '--wait=false')
  })

  it('is answered, talks for six turns and more, and the bot hangs up as its dialog says', () => {
    const told = JSON.stringify(conversation.turns, undefined, 1)
    expect(hungUpByBot(conversation), told).to.equal(true)
    const steps = conversation.turns.flatMap(({ step }) => step ?? [])
    expect(steps, told).to.include.members(['motif', 'date', 'moment', 'deja-venu', 'dossier', 'telephone', 'demande'])
    const asked = conversation.turns.filter(({ said }) => said !== undefined)
    expect(asked.length).to.be.greaterThan(6)
    expect(conversation.soundSeconds, 'seconds of the bot’s voice heard').to.be.greaterThan(15)
  })

  it('fills a date, a telephone number and a yes by voice, and a file number by keys', () => {
    const heard = (words: RegExp) =>
      conversation.turns.some((turn) => turn.heard !== undefined && words.test(turn.heard))
    expect(heard(/mardi/i)).to.equal(true)
    expect(heard(/exactement/i)).to.equal(true)
    expect(conversation.turns.some(({ heard: text }) => (text?.match(/\d/g)?.length ?? 0) >= 9)).to.equal(true)
    expect(conversation.turns.filter(({ key }) => key !== undefined).length).to.be.at.least(6)
    const last = conversation.turns.findLast(({ said }) => said !== undefined)!.said!
    expect(last).to.match(
      /le mardi .* est notée.* zéro quatre, soixante-cinq, soixante et onze, vingt-huit, trente-neuf/,
    )
  })

  it('is overheard by nobody: on both legs SIP is inside of TLS and the media is SRTP', async () => {
    const seen = judgeSecrecy(allPackets(files))
    expect(conversation.suite).to.equal('AES_CM_128_HMAC_SHA1_80')
    expect(seen.readable, 'packets with words of SIP in clear').to.equal(0)
    expect(seen.mediaPackets).to.be.greaterThan(2000)
    expect(seen.untagged, 'media packets without the tag of SRTP').to.equal(0)
    expect(seen.compressed, 'media that compresses is no noise').to.be.greaterThan(0.99)
    const edges = (await readyEdges()).map(({ address }) => address)
    const pairs = [...seen.tls]
    const between = (one: string, other: string) => pairs.includes([one, other].sort().join(' '))
    expect(
      edges.some((edge) => between(host.address, edge)),
      'caller and edge',
    ).to.equal(true)
    const pods = [...seen.media].flatMap((pair) => pair.split(' ').filter((address) => address !== host.address))
    expect(pods, `media goes between the caller and one pod: ${[...seen.media].join(', ')}`).to.have.lengthOf(1)
    expect(
      edges.some((edge) => between(edge, pods[0]!)),
      'edge and pod',
    ).to.equal(true)
  })

  it('is refused with 488 when the telephone offers plain RTP, and with 404 for a number that is nobody’s', async () => {
    const plain = await callers.dial(SAMPLE_NUMBER, { srtp: 'None' })
    expect(await within(10, plain)).to.deep.equal({ ended: 'Refused', status: 488, reason: 'Not Acceptable Here' })
    const nobody = await callers.dial('+33199000009')
    expect(await within(10, nobody)).to.deep.include({ ended: 'Refused', status: 404 })
  })

  it('shows in the status of the bot as a call that was answered', async () => {
    await eventually(async () => {
      const { status } = await zones.botNamed(BOT.namespace, BOT.name)
      expect(status).to.deep.include({ calls: 0 })
      expect((status as { answers?: { answered?: number } }).answers?.answered).to.be.at.least(1)
    }, 30)
  })
})
