// @stage speech  @programs operator voice edge  @seconds 65  @alone
// @guard test/integration/operator/scaling.test.ts
// @guard test/integration/edge/a-full-zone-overflows.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../hack/cluster/shell.ts'
import { stolenRow, watchStolenTime } from '../../hack/calls/processor-time.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { playTrunk, trunkIntegration, type ClientTrunk } from '../harness/client-trunks.ts'
import { gatherEdgeCallers } from '../harness/edge-callers.ts'
import { extent } from '../harness/extent.ts'
import { judgesVoice } from '../harness/judged-voice.ts'
import type { SippTrunk } from '../harness/sipp-trunk.ts'
import { longReading } from '../harness/long-reading.ts'
import * as zones from '../harness/three-zones.ts'

const CALLS = extent('CALLS', { short: 75, whole: 200 })
const EDGES = 3
const EMERGENCY: ClientTrunk = { name: 'people', role: 'Primary', port: 16_080, transport: 'TCP' }
/** In so many seconds all of them call, and all are on the telephone at the end of it. */
const PEAK_SECONDS = 10
const TALK_SECONDS = 15
const CALLS_PER_POD = 20
const WITHIN_MS = 3_000

describe(`a peak: from no call to ${CALLS} in ${PEAK_SECONDS} s`, function () {
  this.timeout(600_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-peak-'))
  let namespace: string
  let number: string
  let emergency: SippTrunk
  const status = async () => (await zones.botNamed(namespace, 'foule')).status ?? {}

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('foule')
    const capacity = { callsPerPod: CALLS_PER_POD, buffer: 20, minReplicas: 3, maxReplicas: 10 }
    const dialog = longReading(TALK_SECONDS)
    emergency = await playTrunk(EMERGENCY, [180, { wait: 200 }, 200])
    const bot = zones.aBot(namespace, 'foule', {
      ...{ capacity, dialog, integrationRefs: [{ name: EMERGENCY.name }] },
      fallback: { number: '+33900000000', integrationRef: { name: EMERGENCY.name } },
      // An edge puts a caller through in the encryption that he offers, and the emergency line takes plain RTP.
      media: { sipTransport: 'TLS', srtp: 'Preferred' },
    })
    number = bot.spec.numbers[0]!
    await zones.applyManifests(trunkIntegration(namespace, EMERGENCY.name, [EMERGENCY]), bot)
    await zones.kube('wait', 'callbot', 'foule', '-n', namespace, '--for=condition=Ready', '--timeout=240s')
  })
  after(async () => {
    await emergency?.stop()
    rmSync(folder, { recursive: true, force: true })
    if (namespace) await zones.removeNamespace(namespace)
  })

  /** The most pods that were ready at once. */
  function watch(): { end(): Promise<number> } {
    let isOver = false
    const looking = (async () => {
      let most = 0
      for (; !isOver; await pause(2_000)) most = Math.max(most, (await status()).readyReplicas ?? 0)
      return most
    })()
    return {
      end() {
        isOver = true
        return looking
      },
    }
  }

  it('is answered, each within 3 s, by a bot or by the emergency number', async function () {
    const callers = await gatherEdgeCallers({
      ...{ folder: mkdtempSync(join(folder, 'callers-')), number, callsPerEdge: Math.ceil(CALLS / EDGES), srtp: false },
      perSecond: Math.ceil(CALLS / EDGES / PEAK_SECONDS),
      ends: { by: 'Caller', afterMs: TALK_SECONDS * 1_000 },
    })
    const podsBefore = (await status()).replicas
    const rungBefore = emergency.rung().length
    const growth = watch()
    const stolenTime = watchStolenTime()
    const results = await callers.call()
    const stolen = stolenTime()
    const podsAtMost = await growth.end()
    const answered = results.flatMap(({ answerMs }) => answerMs).sort((a, b) => a - b)
    const byPeople = emergency.rung().length - rungBefore
    const failed = callers.placed - results.reduce((sum, { successful }) => sum + successful, 0)
    const at = (share: number) => answered[Math.ceil(answered.length * share) - 1] ?? Number.NaN
    writeEvidence('peak', {
      calls: callers.placed,
      failed,
      byPeople,
      podsBefore,
      podsAtMost,
      stolen,
      answerMs: answered,
    })
    printFigures(`from no call to ${callers.placed} in ${PEAK_SECONDS} s`, [
      ['calls', `${callers.placed}, ${failed} failed`],
      ['answered by a bot', `${callers.placed - failed - byPeople}`],
      ['answered by the emergency number', `${byPeople}`],
      ['INVITE to 200', `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, the latest ${at(1)} ms`],
      ['pods', `${podsBefore} before, ${podsAtMost} at most, ${CALLS_PER_POD} calls each`],
      stolenRow(stolen),
    ])
    expect(failed, results.map(({ errors }) => errors).join('')).to.equal(0)
    expect(answered).to.have.lengthOf(callers.placed)
    expect(callers.placed - byPeople, 'bots take what they have places for').to.be.at.least(3 * CALLS_PER_POD)
    judgesVoice(this, stolen)
    expect(at(1)).to.be.below(WITHIN_MS)
  })

  it('makes the bot grow within seconds', async () => {
    const { replicas } = await status()
    expect(replicas).to.be.above(3)
  })
})
