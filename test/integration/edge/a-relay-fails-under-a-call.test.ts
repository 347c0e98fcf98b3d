// @seconds 19
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../../hack/calls/audio.ts'
import { runSipp } from '../../../hack/calls/sipp.ts'
import { silence } from '../../../hack/calls/sound.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import { CONTROL_PORT } from '../../../src/edge/render/relay.ts'
import { createEdgeMetrics } from '../../../src/edge/metrics.ts'
import { relayStatistics } from '../../../src/edge/report/relay-statistics.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { createRelayRpc } from '../../../src/telephony/relay-rpc.ts'
import { mediaHandlers } from '../../../src/telephony/renegotiate.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { longReading } from '../../harness/long-reading.ts'
import { createLoopbackCaller, type LoopbackCall, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { BEHIND_RELAY, publishBot, startBotPod, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const NET = 33
/** Promised for calls whose relay fails. Seconds. */
const BACK_SECONDS = 5
const AWAY_MS = 1_000
const CALLS = 3

describe('a relay that is killed under live calls', function () {
  this.timeout(120_000)
  let stage: Stage
  let caller: LoopbackCaller
  let pod: BotPod
  let calls: LoopbackCall[]
  /** Frames in which the bot was heard. */
  const loud = ({ heard }: LoopbackCall) => heard.filter(({ loudness }) => loudness > 200).length

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT], publicAddress: loopback(NET, 1) })
    caller = await createLoopbackCaller({ ca: stage.rig.authority.cert })
    await publishBot(stage, aTrunkGroup([{ host: loopback(NET, 41), srtp: 'Disabled' }]))
    const { steps } = longReading(320).inline
    pod = await startBotPod(stage, { ...BEHIND_RELAY, steps })
    calls = await Promise.all(
      Array.from({ length: CALLS }, async () => {
        const call = await caller.call({ host: stage.rig.address, port: 5061, servername: EDGE_NAME, number: NUMBER })
        if (typeof call === 'number') throw new Error(`refused with ${call}`)
        call.dialog.handle(mediaHandlers(call.session))
        return call
      }),
    )
    await eventually(() => expect(Math.min(...calls.map(loud))).to.be.above(25), 20)
  })
  after(async () => {
    await Promise.all((calls ?? []).map((call) => call.dialog.bye()))
    await pod?.stop()
    await caller?.close()
    await stage?.stop()
  })

  /** What the agent beside the relay shows to Prometheus, by metric. */
  const metrics = async () => {
    const relay = createRelayRpc({ address: stage.rig.address, port: CONTROL_PORT, clock, timeoutMs: 1_000 })
    const { registry, watchRelay } = createEdgeMetrics()
    watchRelay(async () => relayStatistics(await relay.ask({ command: 'statistics' })))
    const lines = [...(await registry.metrics()).matchAll(/^callbot_edge_relay_(\S+) (\d+)$/gm)]
    return Object.fromEntries(lines.map(([, name, value]) => [name, Number(value)]))
  }

  it('has its sessions, ports and packets in the metrics of the edge', async () => {
    const seen = await metrics()
    expect(seen).to.include({ up: 1, sessions: CALLS, timeouts_total: 0 })
    // One for a caller who has RTP and RTCP at the same port, else two.
    const used = seen['ports{state="used"}']!
    expect(used).to.be.within(CALLS, 2 * CALLS)
    expect(seen['ports{state="free"}']).to.equal(200 - used)
    const forwarded = seen['packets_total{result="forwarded"}']!
    expect(forwarded).to.be.above(25 * CALLS)
    // The first frame of a bot can come before its answer, without which the relay has no key for the caller; none after that.
    expect(seen['packets_total{result="error"}']).to.be.at.most(forwarded / 5)
    await pause(1_000)
    const later = await metrics()
    expect(later['packets_total{result="error"}']).to.equal(seen['packets_total{result="error"}'])
    expect(later['packets_total{result="forwarded"}']).to.be.above(forwarded)
  })

  it(`is noticed by the pods, whose callers hear the bot again within ${BACK_SECONDS} s, by new sessions`, async () => {
    const relay = stage.rig.relay!
    expect(await relay.sessions()).to.equal(CALLS)
    const killedAt = performance.now()
    await relay.stop()
    const restarted = pause(AWAY_MS).then(() => relay.start())
    expect(await metrics()).to.include({ up: 0, sessions: 0 })
    await pause(300)
    const before = calls.map(loud)
    await restarted
    await eventually(() => {
      for (const [index, call] of calls.entries()) expect(loud(call)).to.be.above(before[index]! + 10)
    }, 15)
    const seconds = (performance.now() - killedAt) / 1_000
    console.log(
      `      the bot was heard again after ${seconds.toFixed(1)} s, of which the relay was away ${AWAY_MS} ms`,
    )
    expect(await relay.sessions()).to.equal(CALLS)
    expect(seconds).to.be.below(patient(BACK_SECONDS))
  })

  it('costs no caller of SIPp, who ends a call for any ACK that is not of his, when it stands still for 3 s', async () => {
    const relay = stage.rig.relay!
    const folder = mkdtempSync(join(tmpdir(), 'callbot-relay-'))
    const calling = runSipp({
      ...{ folder, target: `${stage.rig.address}:5060`, transport: 'udp', number: NUMBER, srtp: false },
      ...{ address: loopback(NET, 3), calls: CALLS, concurrent: CALLS, perSecond: 5, acceptsOffers: true },
      audio: writeAlaw(join(folder, 'silence.alaw'), silence(2)),
      ends: { by: 'Caller', afterMs: 8_000 },
    })
    await eventually(async () => expect(await relay.sessions()).to.equal(2 * CALLS))
    // A pod has heard media before it misses it.
    await pause(1_000)
    relay.signal('SIGSTOP')
    await pause(3_000)
    await relay.stop()
    await relay.start()
    const { failed, successful, errors } = await calling
    rmSync(folder, { recursive: true, force: true })
    expect({ failed, successful }, errors).to.deep.equal({ failed: 0, successful: CALLS })
  })

  it('leaves no session when the calls end', async () => {
    await Promise.all(calls.map((call) => call.dialog.bye()))
    await eventually(async () => expect(await stage.rig.relay!.sessions()).to.equal(0), 10)
  })
})
