// @programs edge voice
// @guard test/integration/edge/a-relay-fails-under-a-call.test.ts
// @guard test/integration/edge/a-relay-is-kept.test.ts
import { expect } from 'chai'
import { percentile } from '../../bench/voice/figures.ts'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { runSipp, type SippResult } from '../../hack/calls/sipp.ts'
import { silence } from '../../hack/calls/sound.ts'
import { judgeVoice, type Voice } from '../../hack/calls/voice-judge.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { processesOfContainer } from '../../hack/cluster/cgroups.ts'
import { containersOf } from '../../hack/cluster/containers.ts'
import { killPod } from '../../hack/cluster/faults.ts'
import { places, publicAddressOf } from '../../hack/cluster/outside.ts'
import { host } from '../../hack/cluster/settings.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { createAuthority } from '../harness/authority.ts'
import { askProxy, edgeAuthority, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import { aReadingBot, installForOutside, type OutsideInstallation } from '../harness/outside-installation.ts'
import { startPlainCaller } from '../harness/plain-caller.ts'
import { relaySessions } from '../harness/relay-sessions.ts'
import * as zones from '../harness/three-zones.ts'

const CALLS = extent('CALLS', { short: 10, whole: 50 })
/** From the answer, or from the last offer of media within the call, to the caller's BYE. */
const STAYS_MS = 25_000
const BACK_MS = 5_000
const SHARE = 99
const LATE_MS = 1_000

/** A program of the relay's container, by its name. */
const inRelay = ({ pod }: Edge, program: string): number[] =>
  containersOf(operatorNamespace, pod)
    .filter(({ name }) => name === 'relay')
    .flatMap(({ zone, id }) => processesOfContainer(zone.name, id))
    .filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === program)

const signalRelay = (edge: Edge, signal: NodeJS.Signals) => {
  const pids = inRelay(edge, 'rtpengine')
  if (pids.length === 0) throw new Error(`no relay runs in ${edge.pod}`)
  for (const pid of pids) process.kill(pid, signal)
}

/** The proxy of the edge goes on meanwhile, and has to reject calls: nobody would hear anything. */
async function startLate(edge: Edge, number: string): Promise<void> {
  const keepers = inRelay(edge, 'keep-relay.sh')
  expect(keepers).to.have.lengthOf(1)
  const caller = await startPlainCaller(host.address, edge.address)
  for (const pid of keepers) process.kill(pid, 'SIGSTOP')
  signalRelay(edge, 'SIGKILL')
  const late = pause(LATE_MS)
  try {
    expect((await caller.invite(number, { isPlain: true }).final()).status, 'a new call').to.equal(503)
    await late
  } finally {
    for (const pid of keepers) process.kill(pid, 'SIGCONT')
    caller.close()
  }
}

type Way = 'UDP and RTP' | 'TLS and SRTP'

/** No edge meets two that follow each other. */
const FAULTS: { what: string; at: number; way: Way; fault: (edge: Edge, number: string) => unknown }[] = [
  { what: 'its relay is killed', at: 0, way: 'UDP and RTP', fault: (edge) => signalRelay(edge, 'SIGKILL') },
  { what: 'its relay stands still', at: 1, way: 'UDP and RTP', fault: (edge) => signalRelay(edge, 'SIGSTOP') },
  {
    ...{ what: 'the container of its relay is killed', at: 2, way: 'UDP and RTP' },
    fault: ({ pod }) => killPod(operatorNamespace, pod, 'relay'),
  },
  {
    ...{ what: 'its proxy is killed', at: 0, way: 'UDP and RTP' },
    fault: ({ pod }) => killPod(operatorNamespace, pod, 'kamailio'),
  },
  { what: 'its relay is killed, and starts a second late', at: 1, way: 'UDP and RTP', fault: startLate },
  { what: 'its relay is killed', at: 2, way: 'TLS and SRTP', fault: (edge) => signalRelay(edge, 'SIGKILL') },
  { what: 'its relay stands still', at: 0, way: 'TLS and SRTP', fault: (edge) => signalRelay(edge, 'SIGSTOP') },
]

interface Row {
  what: string
  way: Way
  calls: number
  failed: number
  /** Milliseconds without a frame in each call, at most. */
  silences: number[]
  voice: Voice
}

describe(`an edge with ${CALLS} live calls from outside`, function () {
  this.timeout(900_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-relay-calls-'))
  const rows: Row[] = []
  let outside: OutsideInstallation | undefined
  let number: string
  let tls: { cert: string; key: string; ca: string }

  before(async function () {
    zones.needsLocalCluster(this)
    needsWholeForm(this)
    outside = await installForOutside('PodAddress')
    const { namespace, serve } = outside
    const bot = aReadingBot(namespace, 120)
    number = bot.spec.numbers[0]!
    await serve(bot)
    tls = { ...createAuthority('callers').issue(['caller.example.net']), ca: await edgeAuthority() }
  })
  after(async () => {
    await outside?.stop()
    rmSync(folder, { recursive: true, force: true })
    if (rows.length === 0) return
    writeEvidence('relay-failures', { calls: CALLS, rows })
    printFigures(
      `an edge with ${CALLS} live calls`,
      rows.flatMap(({ what, way, calls, failed, silences, voice }) => [
        [`${what}; ${way}`, `${calls} calls, ${failed} failed, ${voice.unheard} unheard`],
        [
          '  longest silence of a call',
          `p50 ${Math.round(percentile(silences, 50))} ms, p99 ${Math.round(percentile(silences, SHARE))} ms`,
        ],
      ]),
    )
  })

  for (const [index, { what, way, at: which, fault }] of FAULTS.entries())
    it(`loses none of them when ${what}, by ${way}, and each hears the bot again within 5 s`, async () => {
      const edge = outside!.edges[which]!
      const own = join(folder, `${index}`)
      const { row } = await callsThrough(edge, { own, what, way, fault: async () => fault(edge, number) })
      rows.push(row)
      expect(row.failed).to.equal(0)
      expect(row.voice.unheard).to.equal(0)
      expect(Math.round(percentile(row.silences, SHARE))).to.be.below(BACK_MS)
      await eventually(async () => expect(await relaySessions(edge)).to.equal(0), 30)
      await eventually(() => askProxy(edge, 'core.uptime'), 60)
    })

  async function callsThrough(edge: Edge, o: { own: string; what: string; way: Way; fault: () => Promise<unknown> }) {
    const { address, netns } = places.carrier
    const capture = await startCapture({
      ...{ file: `${o.own}.pcap`, networkInterface: 'uplink', snapLength: 64, netns },
      filter: `udp and dst host ${address} and dst portrange 33000-37000`,
    })
    const to = publicAddressOf(edge.node)
    const wire =
      o.way === 'UDP and RTP'
        ? ({ target: `${to}:5060`, transport: 'udp', srtp: false } as const)
        : ({ target: `${to}:5061`, transport: 'tls', srtp: true, tls } as const)
    const calling = runSipp({
      ...{ ...wire, folder: o.own, number },
      ...{ address, netns, calls: CALLS, concurrent: CALLS, perSecond: 5, acceptsOffers: true },
      audio: writeAlaw(`${o.own}.alaw`, silence(2)),
      ends: { by: 'Caller', afterMs: STAYS_MS },
    })
    await pause((CALLS / 5 + 4) * 1_000)
    expect(await relaySessions(edge), 'calls that the relay has').to.equal(CALLS)
    await o.fault()
    const result: SippResult = await calling
    await stopComplete(capture)
    const packets = [...packetsIn(`${o.own}.pcap`)]
    const silences = result.lives.map((life) => judgeVoice(packets, [life]).longestSilenceMs)
    const voice = judgeVoice(packets, result.lives)
    if (result.failed > 0) console.log(result.errors)
    return { row: { what: o.what, way: o.way, calls: CALLS, failed: CALLS - result.successful, silences, voice } }
  }
})
