// @programs edge voice
// @guard test/integration/edge/a-stranger-is-first-at-the-relay.test.ts
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { runSipp } from '../../hack/calls/sipp.ts'
import { silence } from '../../hack/calls/sound.ts'
import { judgeVoice, shareLost, type Voice } from '../../hack/calls/voice-judge.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { containersOf } from '../../hack/cluster/containers.ts'
import { places, publicAddressOf, stranger } from '../../hack/cluster/outside.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { laws } from '../../src/wire/codec/g711.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import { aReadingBot, installForOutside, type OutsideInstallation } from '../harness/outside-installation.ts'
import { type CallFromOutside, type OutsideStage, setOutsideStage } from '../harness/outside-stage.ts'
import { type Kind, KINDS, SPEAK_SECONDS } from '../harness/outside-callers.ts'
import { SPRAYED, startSprayer, type Sprayed } from '../harness/sprayer.ts'
import * as zones from '../harness/three-zones.ts'

const RATE = extent('SPRAY_RATE', { short: 20_000, whole: 50_000 })
/** With voice that is put through to a trunk and comes back, by baresip. */
const CALLS = extent('CALLS', { short: 4, whole: 12 })
/** Meanwhile, by SIPp: their frames are counted. */
const STREAMS = 6
const STAYS_MS = 20_000
/** Of the frames that are due. The strangers take one of two processors here. */
const MOST_LOST = 0.02
/** Media ports of edges: towards callers as values.yaml has them, towards bots as the relay's configuration. */
const PORTS = { outside: '20000-20199', inside: '40000-49999' } as const
type Side = keyof typeof PORTS
/** Of a caller behind NAT with RTP nobody knows the port before his first packet: until then a stranger's counts. Packets of a call, either way. */
const BEHIND_NAT_MOST = 100

interface Row extends Sprayed {
  what: string
  /** What the kernels of the edges have received, of any kind. */
  received: number
  /** Frames with the audio of strangers that callers and trunks got. */
  foreign: number
  bad: number
  voice: Voice
}

describe(`strangers who spray up to ${RATE} packets a second at the media ports of edges, from before the first call`, function () {
  this.timeout(900_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-spray-'))
  const rows: Row[] = []
  let outside: OutsideInstallation | undefined
  let stage: OutsideStage | undefined
  let neighbours: string | undefined
  let number: string
  /** Where strangers are: outside at an address of their own, and inside in the pod of another client's bot. */
  let from: Record<Side, string>

  before(async function () {
    zones.needsLocalCluster(this)
    needsWholeForm(this)
    outside = await installForOutside('PodAddress')
    stage = await setOutsideStage(outside)
    const bot = aReadingBot(outside.namespace, 60)
    number = bot.spec.numbers[0]!
    await outside.serve(bot)
    neighbours = await zones.freshNamespace('neighbours')
    const neighbour = zones.aBot(neighbours, 'voisin')
    await zones.applyManifests(neighbour)
    await zones.untilPublished(neighbour.spec.numbers[0]!)
    const [pod] = await zones.podsIn(neighbours)
    const inside = `/proc/${processOf(neighbours, pod!.metadata.name)}/ns/net`
    from = { outside: `/run/netns/${stranger.netns}`, inside }
  })
  after(async () => {
    await stage?.stop()
    await outside?.stop()
    if (neighbours) await zones.removeNamespace(neighbours)
    rmSync(folder, { recursive: true, force: true })
    if (rows.length === 0) return
    writeEvidence('relayed-spray', { rate: RATE, rows })
    printFigures(
      'strangers spray at relayed calls',
      rows.flatMap((row) => [
        [row.what, `${row.sent} packets, ${Math.round(row.sent / row.seconds)} a second`],
        ['  received by edges, came back, were heard', `${row.received}, ${row.reflected}, ${row.foreign}`],
        ['  calls that did not hear or were not heard', `${row.bad} of ${CALLS}`],
        ['  frames lost of streams', `${(100 * shareLost(row.voice)).toFixed(3)} % of ${row.voice.due}`],
      ]),
    )
  })

  it('are not there: each call hears and is heard, which is what is compared', async () => {
    const row = await calls('nobody', KINDS)
    rows.push({ ...row, what: 'nobody', sent: 0, seconds: 1, reflected: 0 })
    expect(row).to.include({ bad: 0, foreign: 0 })
  })

  /** They begin before the first call. */
  async function sprayed(side: Side, what: string, kinds: readonly Kind[]): Promise<Row> {
    const targets = outside!.edges.map(({ node, address }) =>
      side === 'outside' ? `${publicAddressOf(node)}:${PORTS[side]}` : `${address}:${PORTS[side]}`,
    )
    const sprayer = startSprayer({ perSecond: RATE, targets, netns: from[side] })
    await pause(2_000)
    const heard = await calls(what, kinds)
    const row = { ...heard, ...(await sprayer.stop()), what: `${side}, at calls of ${what}` }
    rows.push(row)
    expect(row.received, 'received by the edges').to.be.above(0.5 * row.sent)
    expect(row.bad, 'calls').to.equal(0)
    expect(shareLost(row.voice)).to.be.below(MOST_LOST)
    return row
  }

  it('are outside: nothing comes back, no foreign frame is heard, and each call of a carrier hears and is heard', async () => {
    const row = await sprayed('outside', 'a carrier', ofPlace('carrier'))
    expect(row).to.include({ reflected: 0, foreign: 0 })
  })

  it('are outside: each call from behind NAT hears and is heard, and what a stranger gets ends with its first packet', async () => {
    const { reflected, foreign } = await sprayed('outside', 'a home', ofPlace('home'))
    expect(reflected).to.be.below(BEHIND_NAT_MOST * CALLS)
    expect(foreign).to.be.below(BEHIND_NAT_MOST * CALLS)
  })

  it('are inside, in the pod of another client: nothing comes back, no foreign frame is heard, and each call hears and is heard', async () => {
    const row = await sprayed('inside', 'all', KINDS)
    expect(row).to.include({ reflected: 0, foreign: 0 })
  })

  /** Calls of all kinds, and streams whose frames are counted, while the sprayer is at work. */
  async function calls(name: string, kinds: readonly Kind[]): Promise<Omit<Row, keyof Sprayed | 'what'>> {
    const before = received()
    const foreign = await watchForeign(name)
    const [called, voice] = await Promise.all([stage!.call(CALLS, kinds), streams(name)])
    return {
      received: received() - before,
      foreign: await foreign(),
      bad: called.filter(isBad).length,
      voice,
    }
  }

  async function streams(name: string): Promise<Voice> {
    const { address, netns } = places.carrier
    const own = join(folder, name)
    const capture = await startCapture({
      ...{ file: `${own}.pcap`, networkInterface: 'uplink', snapLength: 64, netns },
      filter: `udp and dst host ${address} and dst portrange 33000-37000`,
    })
    const { failed, errors, lives } = await runSipp({
      ...{ folder: own, target: `${publicAddressOf(outside!.edges[0]!.node)}:5060`, transport: 'udp', number },
      ...{ address, netns, srtp: false, calls: STREAMS, concurrent: STREAMS, perSecond: 2, acceptsOffers: true },
      audio: writeAlaw(`${own}.alaw`, silence(2)),
      ends: { by: 'Caller', afterMs: STAYS_MS },
    })
    await stopComplete(capture)
    expect(failed, errors).to.equal(0)
    return judgeVoice(packetsIn(`${own}.pcap`), lives)
  }

  /**
   * Counts the frames with the strangers' audio that callers and trunks get. A bot passes on what it hears of one to the other, and lets nobody
   * hear a trunk that has not answered.
   */
  async function watchForeign(name: string): Promise<() => Promise<number>> {
    const octet = laws.PCMA.octets[SPRAYED & 0xffff]!
    const word = Buffer.alloc(4, octet).readUInt32BE(0)
    const watches = await Promise.all(
      Object.values(places).map(async ({ netns, address }, index) => {
        const file = join(folder, `${name}-${index}.pcap`)
        const filter = `udp and dst host ${address} and udp[20:4] = ${word} and udp[40:4] = ${word}`
        const capture = await startCapture({ file, networkInterface: 'uplink', snapLength: 64, netns, filter })
        return { file, capture }
      }),
    )
    return async () => {
      let count = 0
      for (const { file, capture } of watches) {
        await stopComplete(capture)
        count += [...packetsIn(file)].length
      }
      return count
    }
  }

  /** UDP datagrams that came to the edges, whether or not anybody took them. */
  function received(): number {
    return outside!.edges.reduce((sum, { pod }) => {
      const [names, values] = readFileSync(`/proc/${processOf(operatorNamespace, pod)}/net/snmp`, 'utf8').match(
        /^Udp: .*$/gm,
      ) as [string, string]
      const count = (name: string) => Number(values.split(' ')[names.split(' ').indexOf(name)])
      return sum + count('InDatagrams') + count('NoPorts') + count('InErrors')
    }, 0)
  }
})

const ofPlace = (place: Kind['place']) => KINDS.filter((kind) => kind.place === place)

const processOf = (namespace: string, pod: string): number => containersOf(namespace, pod)[0]!.pid

const isBad = ({ call }: CallFromOutside) =>
  call.problem !== undefined || call.botSeconds < 1 || call.echoSeconds < SPEAK_SECONDS / 2
