import { expect } from 'chai'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { talkingValues, installChart, waitReady } from '../../hack/install.ts'
import { eventually } from '../kit/eventually.ts'
import { extent } from '../kit/extent.ts'
import { startLiveCalls } from '../kit/live-calls.ts'
import * as zones from '../kit/three-zones.ts'

const NUMBER = zones.aNumber()
const SECONDS = extent('ROLLOUT_SECONDS', { short: 60, whole: 600 })
const CALLS_PER_EDGE = Math.ceil(extent('CALLS', { short: 9, whole: 100 }) / 3)
const LONGEST_GAP_MS = 500
const ROLLOUT_SECONDS = 120

describe(`rollouts without a pause for ${SECONDS} s`, function () {
  this.timeout((SECONDS + 600) * 1000)
  let namespace: string

  const bot = (goodbye: string) =>
    zones.aBot(namespace, 'rouleau', {
      numbers: [NUMBER],
      capacity: { callsPerPod: 60, buffer: 20 },
      drain: { deadlineSeconds: SECONDS + 300 },
      dialog: zones.longReading(SECONDS + 30, goodbye),
    })
  const configuration = async () => (await zones.botNamed(namespace, 'rouleau')).status?.configuration
  const untilRolledFrom = (before: string | undefined) =>
    eventually(async () => {
      await pause(1_000) // kubectl takes its share of the machine from the callers
      const now = await configuration()
      expect(now?.name).not.to.equal(before)
      const { status } = await zones.botNamed(namespace, 'rouleau')
      expect(status?.ready).to.equal('3/3')
      const staying = (await zones.podsIn(namespace)).filter(({ metadata }) => !metadata.deletionTimestamp)
      expect(staying).to.have.lengthOf(3)
    }, ROLLOUT_SECONDS)

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('rouleau')
    await zones.applyManifests(bot('Au revoir.'))
    await zones.kube('wait', 'callbot', 'rouleau', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
  })
  after(async () => {
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('cut no call, refuse none, and cost no frame of voice', async () => {
    const long = await startLiveCalls({ number: NUMBER, callsPerEdge: CALLS_PER_EDGE, seconds: SECONDS + 30 })
    // Others come and go all the time: they are who a pod that leaves might refuse.
    const short = await startLiveCalls({
      ...{ number: NUMBER, callsPerEdge: SECONDS, seconds: 3, concurrent: 6, perSecond: 1, mediaPort: 20_000 },
    })
    let rollouts = 0
    for (const began = performance.now(); performance.now() - began < SECONDS * 1000; rollouts++) {
      const before = (await configuration())?.name
      await zones.applyManifests(bot(`Au revoir, et à bientôt. ${'Merci. '.repeat(1 + (rollouts % 9))}`))
      await untilRolledFrom(before)
    }
    const [of, others] = await Promise.all([long.over, short.over])
    printFigures('rollouts under live calls', [
      ['rollouts', String(rollouts)],
      ['calls through all of them', `${long.placed}, ${of.failed} failed`],
      ['frames of voice', `${of.frames}, ${of.missing} missing, ${of.longestGapMs.toFixed(0)} ms at most without one`],
      ['calls that came meanwhile', `${short.placed}, ${others.failed} failed`],
    ])
    writeEvidence('rollouts', { seconds: SECONDS, rollouts, long: of, short: others })
    expect(rollouts).to.be.greaterThan(0)
    expect(of.failed, of.errors).to.equal(0)
    expect(others.failed, others.errors).to.equal(0)
    expect(of.missing).to.equal(0)
    expect(of.longestGapMs).to.be.below(LONGEST_GAP_MS)
  })
})
