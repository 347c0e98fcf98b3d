// @stage speech  @programs operator voice  @seconds 120
// @guard test/integration/operator/scaling.test.ts
import { expect } from 'chai'
import { standstillRow, watchStandstills } from '../../hack/calls/standstills.ts'
import { stolenRow, watchStolenTime } from '../../hack/calls/processor-time.ts'
import { voiceRows } from '../../hack/calls/voice-judge.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { talkingValues, installChart, waitReady } from '../../hack/install.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { expectHeard, judgesVoice } from '../harness/judged-voice.ts'
import { startLiveCalls, type LiveCalls } from '../harness/live-calls.ts'
import { DELETION_COST } from '../../src/operator/render/manifest.ts'
import { longReading } from '../harness/long-reading.ts'
import * as zones from '../harness/three-zones.ts'

const NUMBER = zones.aNumber()
const CALLS_PER_EDGE = 2
/** So long a call lasts: the pods without one are gone within seconds. */
const SECONDS = extent('SECONDS', { short: 40, whole: 60 })
/** Of a machine that is shared with the cluster: one that cut a call would show seconds, or a failed call. */
const LONGEST_SILENCE_MS = 500
const MOST_LOST = 0.03

describe('a bot that gets smaller', function () {
  this.timeout(600_000)
  let namespace: string
  let live: LiveCalls | undefined

  const bot = (replicas: number) =>
    zones.aBot(namespace, 'souffle', {
      numbers: [NUMBER],
      capacity: { scaling: 'External', replicas, minReplicas: 3, maxReplicas: 9, callsPerPod: 4 },
      drain: { deadlineSeconds: 600 },
      dialog: longReading(SECONDS),
    })
  const status = async () => (await zones.botNamed(namespace, 'souffle')).status ?? {}
  const staying = async () =>
    (await zones.podsIn(namespace)).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const untilPods = (count: number, seconds: number) =>
    eventually(async () => expect(await staying()).to.have.lengthOf(count), seconds)

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('souffle')
    await zones.applyManifests(bot(9))
    await zones.kube('wait', 'callbot', 'souffle', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
  })
  after(async () => {
    await live?.stop()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('loses pods without a call only, keeps one in each zone, and nobody hears it', async function () {
    const { placed, over } = (live = await startLiveCalls({
      ...{ number: NUMBER, callsPerEdge: CALLS_PER_EDGE, seconds: SECONDS },
    }))
    await eventually(async () => expect((await status()).calls).to.equal(placed), 30)
    const machine = watchStandstills()
    const stolenTime = watchStolenTime()
    const began = performance.now()
    await zones.applyManifests(bot(3))
    // Six calls, two in each zone: a pod more than the fewest stays in each zone in which two pods have one.
    await eventually(async () => expect((await staying()).length).to.be.below(9), 30)
    const firstSeconds = (performance.now() - began) / 1000
    const verdict = await over
    const standstills = await machine.stop()
    const stolen = stolenTime()
    await untilPods(3, 60)
    const figures = { calls: placed, ...verdict, standstills, stolen, firstPodGoneSeconds: firstSeconds }
    printFigures('nine pods become three under live calls', [
      ['calls', String(placed)],
      ['failed', String(verdict.failed)],
      ...voiceRows(verdict),
      standstillRow(standstills),
      stolenRow(stolen),
      ['first pods gone after', `${firstSeconds.toFixed(1)} s`],
    ])
    writeEvidence('scale-down', figures)
    expect(verdict.failed, verdict.errors).to.equal(0)
    expect(verdict.missing, 'gaps in sequence numbers').to.equal(0)
    await eventually(async () => {
      const { zones: byZone, calls } = await status()
      expect(byZone?.map(({ desired }) => desired)).to.deep.equal([1, 1, 1])
      expect(calls).to.equal(0)
    }, 60)
    judgesVoice(this, stolen)
    expectHeard(verdict, { mostLost: MOST_LOST, longestSilenceMs: LONGEST_SILENCE_MS })
  })

  it('leaves no mark on pods that stay', async () => {
    await eventually(async () => {
      const marks = (await staying()).map(({ metadata }) => metadata.annotations?.[DELETION_COST])
      expect(marks).to.deep.equal([undefined, undefined, undefined])
    }, 30)
  })
})
