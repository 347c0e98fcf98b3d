// @stage data  @programs records store-server voice
// @guard test/integration/store/life-of-a-record.test.ts
// @guard test/integration/store/records-program.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezePod, thawPod } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { voiceRows } from '../../hack/calls/voice-judge.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { useDataStage } from '../harness/data-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { expectHeard } from '../harness/judged-voice.ts'
import { extent } from '../harness/extent.ts'
import { callFromOutside, startLiveCalls, type LiveCalls } from '../harness/live-calls.ts'
import { kube } from '../harness/three-zones.ts'

const DATABASE = 'callbot-postgres-0'
/** Seconds of one fault. */
const FAULT = extent('FAULT_SECONDS', { short: 12, whole: 90 })
const CALLS_PER_EDGE = 2
/** Of a machine that is shared with the cluster: a call that waited for the database would show seconds. */
const LONGEST_SILENCE_MS = 1_000
const MOST_LOST = 0.03

/** The chart's PostgreSQL on a volume, on three zones; callers are SIPp's, and count for themselves. */
describe('a database that is away while bots talk', function () {
  this.timeout(900_000)
  const stage = useDataStage()
  let live: LiveCalls | undefined
  let placed = 0
  let stored = 0

  before(async () => {
    await stage().untilReady('month')
    stored = (await stage().readable('month')).length
  })
  after(async () => {
    await live?.stop()
    stage().volume.relieve()
  })

  /** New calls while it is away: each is answered, talks and ends as it should. */
  async function newCalls(): Promise<void> {
    const ends = { by: 'Caller', afterMs: 1_500 } as const
    const outcome = await callFromOutside({
      ...{ number: stage().numbers.month, callsPerEdge: CALLS_PER_EDGE, perSecond: 4, ends, mediaPort: 47_000 },
    })
    placed += outcome.placed
    expect(outcome.failed, outcome.errors).to.equal(0)
  }
  const isSaid = (seconds: number) =>
    eventually(async () => {
      const found = await stage().condition('month', 'StoreReachable')
      expect(found).to.include({ status: 'False' })
      expect(found?.reason).to.be.oneOf(['RecordsUnavailable', 'StoreUnavailable'])
    }, seconds)

  it('cuts no call and refuses none, whether it is frozen, stopped or has no disk left; the condition says so', async () => {
    const { numbers, volume, scaleDatabase } = stage()
    live = await startLiveCalls({ number: numbers.month, callsPerEdge: CALLS_PER_EDGE, seconds: FAULT * 3 + 15 })
    freezePod(operatorNamespace, DATABASE)
    await Promise.all([newCalls(), isSaid(FAULT + 20), pause(FAULT * 1_000)])
    thawPod(operatorNamespace, DATABASE)
    await scaleDatabase(0)
    await Promise.all([newCalls(), isSaid(FAULT + 20), pause(FAULT * 1_000)])
    volume.fill()
    await scaleDatabase(1)
    await newCalls()
    await isSaid(20)
    const verdict = await live.over
    printFigures('live calls while the database is away', [
      ['calls', String(live.placed)],
      ['failed', String(verdict.failed)],
      ...voiceRows(verdict),
    ])
    writeEvidence('store-down', { liveCalls: live.placed, newCalls: placed, ...verdict })
    placed += live.placed
    expect(verdict.failed, verdict.errors).to.equal(0)
    expect(verdict.missing, 'gaps in sequence numbers').to.equal(0)
    expectHeard(verdict, { mostLost: MOST_LOST, longestSilenceMs: LONGEST_SILENCE_MS })
  })

  it('gets every record that waited, once, when it is back with what it had before, and the condition says so', async () => {
    stage().volume.relieve()
    // Another pod: the one that found no room may wait for minutes before it looks again.
    await kube('delete', 'pod', DATABASE, '-n', operatorNamespace, '--grace-period=0', '--force')
    await stage().untilReady('month', 90)
    await eventually(async () => expect(await stage().readable('month')).to.have.lengthOf(stored + placed), 60)
  })
})
