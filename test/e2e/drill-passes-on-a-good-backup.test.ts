import { expect } from 'chai'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { useDrillStage } from '../kit/drill-stage.ts'
import { extent } from '../kit/extent.ts'
import { startLiveCalls } from '../kit/live-calls.ts'

const SCENARIOS = (['Blackhole', 'Refuse', 'Disconnect'] as const).slice(0, extent('SCENARIOS', { short: 1, whole: 3 }))
const EDGES = 3
/** Callers who talk with an agent all the while, at each edge. */
const LIVE = extent('LIVE', { short: 2, whole: 17 })
/** As long as a drill takes, and some time before and after. */
const LIVE_SECONDS = 75

describe('a synthetic drill of a client whose backup is good', function () {
  this.timeout(600_000)
  const stage = useDrillStage()
  const figures: Record<string, Record<string, number>> = {}
  after(() => {
    writeEvidence('drill', figures)
    printFigures(
      'synthetic drills, with callers who talk all the while',
      Object.entries(figures).flatMap(([scenario, measured]) =>
        Object.entries(measured).map(([what, value]) => [`${scenario}: ${what}`, String(value)] as const),
      ),
    )
  })

  for (const scenario of SCENARIOS)
    it(`passes for ${scenario}, and no caller who talks with an agent meanwhile notices`, async () => {
      const { begin, end, row, number } = stage()
      const name = scenario.toLowerCase()
      const live = await startLiveCalls({ number, callsPerEdge: LIVE, seconds: LIVE_SECONDS })
      try {
        await begin(name, { scenario })
        const status = await end(name)
        expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', state: 'Verified' })
        expect(status.perEdge, JSON.stringify(status.perEdge)).to.have.lengthOf(EDGES)
        for (const edge of status.perEdge!) {
          expect(edge.detectMilliseconds, edge.zone).to.be.within(1, 5_000)
          expect(edge.calls).to.be.greaterThan(7)
        }
        expect(status.calls!.failed).to.equal(0)
        expect(await row(name)).to.match(/Synthetic +Verified +Passed +[\d.]+s +[\d.]+s +[\d.]+s/)
        const { failed, errors, answeredTwice, frames } = await verdictOf(live.over)
        expect(failed, errors).to.equal(0)
        expect(answeredTwice).to.equal(0)
        const { detectMilliseconds, switchMilliseconds, returnMilliseconds } = status.timings!
        figures[scenario] = {
          'detected by every edge, ms at most': detectMilliseconds!,
          'calls by the backup in every zone, ms at most': switchMilliseconds!,
          'calls by the primary in every zone, ms at most': returnMilliseconds!,
          ...{ 'test calls': status.calls!.placed, 'live calls': live.placed, 'live calls lost': failed },
          ...frames,
        }
      } finally {
        await live.stop()
      }
    })
})

type Verdict = Awaited<Awaited<ReturnType<typeof startLiveCalls>>['over']>

/** What callers heard, as far as the table shows it. */
async function verdictOf(over: Promise<Verdict>) {
  const { failed, errors, answeredTwice, due, sent, longestSilenceMs } = await over
  const frames = { 'frames due': due, 'frames heard': sent, 'longest silence, ms': Math.round(longestSilenceMs) }
  return { failed, errors, answeredTwice, frames }
}
