import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezePod, healAll, killPod, startApi, stopApi, thawPod } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { DrillState } from '../../src/api/failover-drill-status.ts'
import { useDrillStage } from '../kit/drill-stage.ts'
import { extent } from '../kit/extent.ts'
import * as zones from '../kit/three-zones.ts'

/** N8: a lease is 3 s at most, and a look takes a while. */
const GONE_SECONDS = 4
/** An operator that loses the API server leads until its last renewal is 4 s old: it may order until then, but no lease beyond. */
const WITHOUT_API_SECONDS = 4 + 0.5
const FROZEN_SECONDS = 12

interface Fault {
  what: string
  within: number
  strike: (leader: string) => unknown
  undo?: (leader: string) => unknown
}

const ALL: readonly Fault[] = [
  { what: 'its operator is killed', within: GONE_SECONDS, strike: (leader) => killPod(operatorNamespace, leader) },
  { what: 'the API server is stopped', within: WITHOUT_API_SECONDS, strike: stopApi, undo: startApi },
  {
    what: 'its operator is killed while the API server is stopped',
    within: GONE_SECONDS,
    strike: async (leader) => (await stopApi(), killPod(operatorNamespace, leader)),
    undo: startApi,
  },
  {
    what: 'its operator is frozen, and thawed when another one leads',
    within: GONE_SECONDS,
    strike: (leader) => freezePod(operatorNamespace, leader),
    undo: async (leader) => (await pause(FROZEN_SECONDS * 1_000), thawPod(operatorNamespace, leader)),
  },
]
const FAULTS = ALL.slice(0, extent('FAULTS', { short: 2, whole: 4 }))
const STATES: readonly DrillState[] = (['Holding', 'Injected', 'Detected'] as const).slice(
  0,
  extent('STATES', { short: 1, whole: 3 }),
)

describe('a synthetic drill', function () {
  this.timeout(400_000)
  const stage = useDrillStage()
  const seen: Record<string, number> = {}
  afterEach(() => healAll())
  after(() => {
    writeEvidence('drill-undone', seen)
    printFigures(
      'the fault of a drill is gone',
      Object.entries(seen).map(([what, seconds]) => [what, `${seconds.toFixed(1)} s`]),
    )
  })

  for (const state of STATES)
    for (const [index, { what, within, strike, undo }] of FAULTS.entries())
      it(`undoes itself within ${within} s when ${what} in state ${state}, and has one result afterwards`, async () => {
        const { beginUntil, end, routeIsWell } = stage()
        const name = `undone-${index}-${state.toLowerCase()}`
        const fault = await beginUntil(name, state)
        const { pod } = await zones.leader()
        await strike(pod)
        seen[`${state}, ${what}`] = await fault.secondsUntilGone(within)
        await undo?.(pod)
        const status = await end(name, 90)
        expect(status).to.include({ verdict: 'Interrupted' })
        expect(status.because).to.match(/^the operator that ran the drill is gone/)
        expect(await fault.count(), 'nobody orders it again').to.equal(0)
        await zones.operatorServes()
        await routeIsWell()
      })
})
