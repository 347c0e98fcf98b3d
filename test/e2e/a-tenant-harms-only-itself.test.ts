// @stage drill  @programs edge operator voice  @seconds 240
// @guard test/integration/edge/every-list-at-its-maximum.test.ts
// @guard test/integration/edge/a-neighbour-gets-no-call.test.ts
// @guard test/integration/edge/probes-in-turn.test.ts
// @guard test/integration/operator/shares.test.ts
import { expect } from 'chai'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { CallbotInput } from '../../src/api/callbot.ts'
import { AGENTS, useDrillStage } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { FITTING, moveIn } from '../harness/hostile-tenant.ts'
import { judgeLiveCalls, startLiveCalls } from '../harness/live-calls.ts'
import { watchRoute } from '../harness/route-watch.ts'
import * as zones from '../harness/three-zones.ts'

const INTEGRATIONS = extent('INTEGRATIONS', { short: 40, whole: 300 })
const CALLBOTS = extent('CALLBOTS', { short: 30, whole: 300 })
const DRILLS = extent('DRILLS', { short: 9, whole: 20 })
const POLICIES = extent('POLICIES', { short: 10, whole: 41 })
/** Live calls of the neighbour at each of the three edges. */
const LIVE = 7
const LIVE_SECONDS = 100
const PARIS_PORT = 16_080
/** From a change of a Callbot until each edge runs it, and from the end of a trunk until kubectl shows the backup. */
const GOAL = { routeSeconds: 10, failoverSeconds: 10 }

describe('a tenant who applies all that the API accepts, beside one with live calls, a drill and a backup', function () {
  this.timeout(900_000)
  const stage = useDrillStage()
  const figures: Record<string, Record<string, number>> = { alone: {}, 'beside it': {} }
  let hostile: Awaited<ReturnType<typeof moveIn>> | undefined

  const numbers = (all: string[]) => {
    const spec: Partial<CallbotInput['spec']> = { numbers: all }
    return zones.kube(
      'patch',
      'callbot',
      'desk',
      '-n',
      stage().namespace,
      '--type=merge',
      '-p',
      JSON.stringify({ spec }),
    )
  }
  /** Gives the neighbour's bot one number more. Resolves with the seconds until each edge runs it. */
  async function routeSeconds(): Promise<number> {
    const began = performance.now()
    const more = zones.aNumber()
    await numbers([stage().number, more])
    await zones.untilPublished(more)
    return (performance.now() - began) / 1_000
  }

  before(async () => {
    figures['alone']!['a change of a route, s'] = await routeSeconds()
    const { number } = stage()
    hostile = await moveIn({
      ...{ integrations: INTEGRATIONS, callbots: CALLBOTS, drills: DRILLS, policies: POLICIES },
      ...{ numbers: [number], port: PARIS_PORT },
    })
  })
  after(async () => {
    await numbers([stage().number]).catch(() => undefined)
    await hostile?.moveOut()
    writeEvidence('a-tenant-harms-only-itself', figures)
    printFigures('beside a tenant who applies all that the API accepts', figureRows(figures))
  })

  it('is refused alone beyond its share, and reads how much of how much it has', async () => {
    await eventually(async () => {
      const ready = Object.values(await hostile!.ready('integrations'))
      const refused = ready.filter((condition) => condition?.reason === 'QuotaExceeded')
      expect(refused).to.have.lengthOf(INTEGRATIONS - FITTING)
      for (const { message } of refused as { message: string }[]) expect(message).to.match(/has \d+ of \d+ [a-z]+/)
    }, 120)
  })

  it('gets no number of its neighbour', async () => {
    await eventually(async () => {
      for (const [name, condition] of Object.entries(await hostile!.ready('callbots')))
        expect(condition?.status, `of ${name}`).to.equal('False')
    }, 120)
  })

  it('costs its neighbour no live call, delays no change of a route, and makes no drill fail', async () => {
    const { number, begin, end } = stage()
    const live = await startLiveCalls({ number, callsPerEdge: LIVE, seconds: LIVE_SECONDS })
    try {
      await begin('beside')
      const seconds = await routeSeconds()
      figures['beside it']!['a change of a route, s'] = seconds
      expect(seconds).to.be.below(GOAL.routeSeconds)
      const status = await end('beside')
      expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed' })
      Object.assign(figures['beside it']!, await judgeLiveCalls(live))
    } finally {
      await live.stop()
    }
  })

  it('does not delay the failover of its neighbour to the backup, nor the way back', async () => {
    const { namespace, kill, restart, routeIsWell } = stage()
    await routeIsWell()
    const route = await watchRoute(namespace, 'clinic')
    try {
      const began = performance.now()
      await kill('paris')
      const seconds = await route.secondsUntil('Backup/lyon', began, 60)
      figures['beside it']!['shown that calls go by the backup, s'] = seconds
      expect(seconds).to.be.below(GOAL.failoverSeconds)
      await restart('paris')
      await routeIsWell()
    } finally {
      route.stop()
    }
  })

  it('leads no call of its neighbour elsewhere: callers still reach its agents', async () => {
    const { number, recorded } = stage()
    const before = recorded('paris').filter(({ to }) => to === AGENTS).length
    await judgeLiveCalls(await startLiveCalls({ number, callsPerEdge: 1, seconds: 5 }))
    await eventually(() => {
      expect(recorded('paris').filter(({ to }) => to === AGENTS).length - before).to.equal(3)
    }, 30)
  })
})
