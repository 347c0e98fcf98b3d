/**
 * What a relayed call costs an edge, and how much later it is answered than one whose media passes no edge: `make bench-relay`.
 *
 *   node bench/relay/main.ts [--calls N] [--seconds N] [--rounds N]
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { judgeRtp } from '../../hack/calls/rtp-judge.ts'
import { runSipp } from '../../hack/calls/sipp.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { vowels } from '../../test/harness/vowels.ts'
import { median, percentile } from '../voice/figures.ts'
import { cpuSeconds } from '../voice/process.ts'
import { type Mode, NUMBER, setStage, type Stage } from './stage.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
})
const [CALLS, SECONDS, ROUNDS] = [values.calls, values.seconds, values.rounds].map(Number) as [number, number, number]
const PER_SECOND = 25
const SETUPS = 400
const MEDIA = 30_000
const WITNESS_SECONDS = 2
const DUE_PER_SECOND = 50

interface Cost {
  /** Seconds of processor time in a second, of all calls. */
  relay: number
  proxy: number
  /** Packets a second that came back to each caller. */
  heard: number
}

const caller = (stage: Stage, name: string) => ({
  ...{ folder: join(stage.folder, name), target: `${stage.rig.address}:5060`, number: NUMBER, srtp: false },
  ...{ transport: 'udp' as const, address: stage.rig.address.replace(/\d+$/, '3'), mediaPort: MEDIA },
})

/** Of a call whose media passes the relay, while all calls are up. @throws when a call failed */
async function costOf(round: number): Promise<Cost> {
  const stage = await setStage('Relay', 10 + round)
  try {
    const rampMs = (CALLS / PER_SECOND) * 1_000 + 3_000
    const calling = runSipp({
      ...caller(stage, 'load'),
      ...{ calls: CALLS, concurrent: CALLS, perSecond: PER_SECOND },
      audio: writeAlaw(join(stage.folder, 'voice.alaw'), vowels(2)),
      ends: { by: 'Caller', afterMs: rampMs + (SECONDS + WITNESS_SECONDS + 4) * 1_000 },
    })
    await pause(rampMs)
    const [relay, proxies] = [stage.rig.relay!.pid!, stage.rig.proxies()]
    const used = () => [cpuSeconds(relay), proxies.reduce((sum, pid) => sum + cpuSeconds(pid), 0)] as const
    const [from, before] = [performance.now(), used()]
    await pause(SECONDS * 1_000)
    const [seconds, after] = [(performance.now() - from) / 1_000, used()]
    const heard = await heardBy(stage)
    const { failed, successful, errors } = await calling
    if (failed > 0 || successful !== CALLS) throw new Error(`${failed} of ${CALLS} calls failed: ${errors}`)
    return { relay: (after[0] - before[0]) / seconds, proxy: (after[1] - before[1]) / seconds, heard }
  } finally {
    await stage.stop()
  }
}

async function heardBy(stage: Stage): Promise<number> {
  const file = join(stage.folder, 'heard.pcap')
  const { address } = caller(stage, '')
  const filter = `udp and dst host ${address} and dst portrange ${MEDIA}-${MEDIA + 4_000}`
  const capture = await startCapture({ file, networkInterface: 'lo', filter, snapLength: 80 })
  await pause(WITNESS_SECONDS * 1_000)
  await stopComplete(capture)
  const packets = judgeRtp(packetsIn(file)).reduce((sum, stream) => sum + stream.packets / stream.seconds, 0)
  return packets / CALLS
}

/** Milliseconds from INVITE to 200, of calls one after the other. */
async function setups(mode: Mode, round: number): Promise<number[]> {
  const stage = await setStage(mode, (mode === 'Relay' ? 30 : 50) + round)
  try {
    const { answerMs, failed, errors } = await runSipp({
      ...caller(stage, 'setup'),
      ...{ calls: SETUPS, concurrent: SETUPS, perSecond: PER_SECOND, ends: { by: 'Caller', afterMs: 500 } },
    })
    if (failed > 0) throw new Error(`${failed} of ${SETUPS} calls failed: ${errors}`)
    return answerMs
  } finally {
    await stage.stop()
  }
}

const costs: Cost[] = []
const times: Record<Mode, number[]> = { Direct: [], Relay: [] }
for (let round = 0; round < ROUNDS; round++) {
  costs.push(await costOf(round))
  for (const mode of ['Direct', 'Relay'] as const) times[mode].push(percentile(await setups(mode, round), 95))
}

const spread = (numbers: readonly number[], digits: number) =>
  [median(numbers), Math.min(...numbers), Math.max(...numbers)].map((each) => each.toFixed(digits)).join(' ')
const relay = costs.map((cost) => (100 * cost.relay) / CALLS)
const edge = costs.map((cost) => (100 * (cost.relay + cost.proxy)) / CALLS)
writeEvidence('bench-relay', { calls: CALLS, seconds: SECONDS, costs, answerP95Ms: times })
printFigures(`${CALLS} relayed calls; median, least, most of ${ROUNDS} rounds`, [
  ['rtpengine alone, % of a core for a call', spread(relay, 4)],
  ['with the proxy, % of a core for a call', spread(edge, 4)],
  [
    'both, % of a core for all calls',
    spread(
      costs.map((cost) => 100 * (cost.relay + cost.proxy)),
      1,
    ),
  ],
  [
    `packets a second that a caller hears, of ${DUE_PER_SECOND}`,
    spread(
      costs.map(({ heard }) => heard),
      2,
    ),
  ],
  ['answer p95 ms, media past the edge', spread(times.Direct, 1)],
  ['answer p95 ms, media through the edge', spread(times.Relay, 1)],
])
