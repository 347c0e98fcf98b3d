// @stage drill  @programs operator edge voice  @seconds 76
// @guard test/e2e/drill-rings-no-agent.test.ts
import { expect } from 'chai'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatorNamespace } from '../../hack/chart.ts'
import { tryRun } from '../../hack/cluster/shell.ts'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import { useDrillStage } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { judgeLiveCalls, startLiveCalls } from '../harness/live-calls.ts'
import * as zones from '../harness/three-zones.ts'

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
    printFigures('synthetic drills, with callers who talk all the while', figureRows(figures))
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
        const { detectMilliseconds, switchMilliseconds, returnMilliseconds } = status.timings!
        figures[scenario] = {
          'detected by every edge, ms at most': detectMilliseconds!,
          'calls by the backup in every zone, ms at most': switchMilliseconds!,
          'calls by the primary in every zone, ms at most': returnMilliseconds!,
          'test calls': status.calls!.placed,
          ...(await judgeLiveCalls(live)),
        }
      } finally {
        await live.stop()
      }
    })

  it('leaves signed records in the namespace of the client, which are verified without a cluster', async () => {
    const { get, namespace, folder } = stage()
    for (const scenario of SCENARIOS)
      await eventually(async () => {
        expect((await get(scenario.toLowerCase())).status?.evidence).to.have.property('signature')
      })
    const exported = join(folder, 'records.yaml')
    writeFileSync(exported, await zones.kube('get', 'configmaps,integrations', '-n', namespace, '-o', 'yaml'))
    const ofKeys = ['-n', operatorNamespace, '-l', 'app.kubernetes.io/component=evidence']
    const publicKey = join(folder, 'public.pem')
    writeFileSync(
      publicKey,
      await zones.kube('get', 'configmaps', ...ofKeys, '-o', 'jsonpath={.items[0].data.public\\.pem}'),
    )
    const verify = () => tryRun('node', ['src/main.ts', 'evidence', 'verify', '-f', exported, '-k', publicKey])
    const { code, stdout } = await verify()
    expect(stdout).to.match(new RegExp(`${namespace}/clinic: \\d+ records?, all verified`))
    expect(code, stdout).to.equal(0)
    writeFileSync(exported, readFileSync(exported, 'utf8').replace(/(payload":"[^"]{40})./, '$1!'))
    expect(await verify()).to.have.property('code', 1)
  })
})
