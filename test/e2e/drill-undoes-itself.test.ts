// @stage drill  @programs operator edge  @seconds 84
// @guard test/integration/edge/a-drill-ends-by-itself.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezePod, healAll, killPod, setClocks, startApi, stopApi, thawPod } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { canSetWallClocks } from '../../hack/cluster/wall-clock.ts'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { DrillState } from '../../src/api/failover-drill-status.ts'
import { LEASE, useDrillStage } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import { judgeLiveCalls, startLiveCalls } from '../harness/live-calls.ts'
import { gatherRealCallers } from '../harness/real-callers.ts'
import * as zones from '../harness/three-zones.ts'

/** N8: a lease is 3 s at most, and a look takes a while. */
const GONE_SECONDS = 4
/** An operator that loses the API server leads until its last renewal is 4 s old: it may order until then, but no lease beyond. */
const WITHOUT_API_SECONDS = 4 + 0.5
const FROZEN_SECONDS = 12
/** A proxy compares its timers with the wall clock every five seconds, after what it takes to set all clocks. */
const PROXY_LOOK_MS = 8_000
const HOUR = 3_600
/** Namespaces with programs of ours in them: the operator's, and the test's. */
const OWN = new RegExp(`^(${operatorNamespace}|drill-)`)
const EDGES = 3
/** Callers who talk with an agent all the while, at each edge. */
const LIVE = extent('LIVE', { short: 2, whole: 17 })
const LIVE_PER_SECOND = 5
/** After that all of them are answered: while one is not, a proxy that notices another clock may refuse it (docs/failure-modes.md). */
const ANSWERED_MS = (LIVE / LIVE_PER_SECOND) * 1_000 + 3_000
/** From before a drill begins until after what happens to it. */
const LIVE_SECONDS = extent('LIVE_SECONDS', { short: 45, whole: 60 })

interface Fault {
  what: string
  within: number
  strike: (leader: string) => unknown
  undo?: (leader: string) => unknown
  /** A call that is being set up when a proxy notices it may be lost: docs/failure-modes.md. The callers of the test call after that. */
  noticedWithinMs?: number
}

const kill = (leader: string) => killPod(operatorNamespace, leader)

/** Of all programs of ours, not of the API server: what they conclude from a comparison of two clocks is wrong now. */
async function setAllClocks(seconds: number): Promise<void> {
  const { items } = await zones.kubeJson<{ items: zones.Pod[] }>('get', 'pods', '--all-namespaces')
  const own = items.filter(({ metadata: { namespace } }) => OWN.test(namespace))
  const running = own.filter(({ status }) => status.phase === 'Running')
  await setClocks(
    running.map(({ metadata: { namespace, name } }) => [namespace, name] as const),
    seconds,
  )
}

const ALL: readonly Fault[] = [
  {
    what: 'all wall clocks are set back by an hour, and its operator is killed',
    within: GONE_SECONDS,
    strike: async (leader) => (await setAllClocks(-HOUR), kill(leader)),
  },
  { what: 'the API server is stopped', within: WITHOUT_API_SECONDS, strike: stopApi, undo: startApi },
  { what: 'its operator is killed', within: GONE_SECONDS, strike: kill },
  {
    what: 'its operator is killed while the API server is stopped',
    within: GONE_SECONDS,
    strike: async (leader) => (await stopApi(), kill(leader)),
    undo: startApi,
  },
  {
    what: 'its operator is frozen, and thawed when another one leads',
    within: GONE_SECONDS,
    strike: (leader) => freezePod(operatorNamespace, leader),
    undo: async (leader) => (await pause(FROZEN_SECONDS * 1_000), thawPod(operatorNamespace, leader)),
  },
  {
    what: 'all wall clocks are set an hour ahead, and its operator is killed',
    ...{ within: GONE_SECONDS, noticedWithinMs: PROXY_LOOK_MS },
    strike: async (leader) => (await setAllClocks(HOUR), kill(leader)),
  },
]
const FAULTS = ALL.slice(0, extent('FAULTS', { short: 2, whole: ALL.length }))
const STATES: readonly DrillState[] = (['Holding', 'Injected', 'Detected', 'Baseline', 'Restoring'] as const).slice(
  0,
  extent('STATES', { short: 1, whole: 5 }),
)
/** Real callers join once the fault is detected: until then a drill of any mode does the same. */
const MODES: Partial<Record<DrillState, object>> = {
  Holding: { mode: 'Full' },
  Restoring: { mode: 'Share', sharePercent: 50 },
}
/** Those who call at each edge while it happens. */
const CALLS = extent('CALLS', { short: 1, whole: 3 })
const TALK_SECONDS = 10
/** Drills in all that may be begun once more, since a test call failed before there was a fault to undo: the machine was too busy. */
const MOST_BEGUN_AGAIN = 2

/** A drill that ended before it came as far as it was to be struck, since a test call failed: there is nothing to undo. */
class NoFault extends Error {}

describe('a drill', function () {
  this.timeout(400_000)
  // In `make test`, the sweep and test/integration/edge/a-drill-ends-by-itself.test.ts show it.
  before(function () {
    needsWholeForm(this)
    if (!canSetWallClocks) this.skip()
  })
  const stage = useDrillStage()
  const figures: Record<string, Record<string, number>> = {}
  let begunAgain = 0
  afterEach(() => healAll())
  after(() => {
    writeEvidence('drill-undone', figures)
    printFigures('drills that are over by themselves, with callers who talk all the while', figureRows(figures))
  })

  /** No caller notices what happens meanwhile. @returns what they heard, as figures */
  async function withLiveCalls(act: () => Promise<Record<string, number>>): Promise<Record<string, number>> {
    const calls = { callsPerEdge: LIVE, perSecond: LIVE_PER_SECOND, seconds: LIVE_SECONDS }
    const live = await startLiveCalls({ number: stage().number, ...calls })
    try {
      await pause(ANSWERED_MS)
      const measured = await act()
      return { ...measured, ...(await judgeLiveCalls(live)) }
    } finally {
      await live.stop()
    }
  }

  /** Agents of the primary or of the backup answer them, one each. @returns what has them call; it resolves with by whom, as figures */
  async function callersMeanwhile(state: DrillState): Promise<() => Promise<Record<string, number>>> {
    if (MODES[state] === undefined) return () => Promise.resolve({})
    const call = await gatherRealCallers(stage(), { callsPerEdge: CALLS, seconds: TALK_SECONDS })
    return async () => {
      const { paris, lyon, inVain } = await call()
      return { 'answered by the primary': paris, 'by the backup': lyon, 'telephones that rang in vain': inVain }
    }
  }

  /** A failed baseline counts only here, before anything strikes: after that it would be a result of the fault. */
  async function beginUntilStrike(name: string, state: DrillState) {
    const { beginUntil, get } = stage()
    try {
      return await beginUntil(name, state, { watched: LEASE, ...MODES[state] })
    } catch (error) {
      const drill = await get(name).catch(() => undefined) // it was not even made
      const hadNoFault = drill?.status?.conditions?.some(({ reason }) => reason === 'BaselineFailed')
      throw hadNoFault === true ? new NoFault(`${name} ended before its fault`, { cause: error }) : error
    }
  }

  /** Once more, if there was no fault of which it could be shown that it is undone. */
  async function withFault(name: string, play: (name: string) => Promise<Record<string, number>>) {
    try {
      return await play(name)
    } catch (error) {
      if (begunAgain >= MOST_BEGUN_AGAIN || !(error instanceof NoFault)) throw error
      process.stdout.write(`    ${name} is begun once more: a test call failed before there was a fault\n`)
      figures['drills without a fault, begun once more'] = { drills: ++begunAgain }
      await healAll()
      await stage().routeIsWell()
      return await play(`${name}-again`)
    }
  }

  /** Its result, once it has one and the record of it, and nothing changes it any more. */
  async function onlyResult(name: string) {
    const { end, get, results } = stage()
    await end(name, 90)
    await eventually(async () => expect((await get(name)).status, 'its record').to.have.property('evidence'), 20)
    await eventually(async () => expect(await results(name), 'results reported').to.equal(1), 20)
    const status = (await get(name)).status!
    return {
      status,
      isStillTheOnlyOne: async () => {
        expect((await get(name)).status).to.deep.equal(status)
        expect(await results(name), 'results reported').to.equal(1)
      },
    }
  }

  for (const state of STATES)
    for (const [index, { what, within, strike, undo, noticedWithinMs = 0 }] of FAULTS.entries())
      it(`undoes itself within ${within} s when ${what} in state ${state}, loses no caller, and has one result afterwards`, async () => {
        const play = (name: string) =>
          withLiveCalls(async () => {
            const callers = await callersMeanwhile(state)
            const lease = await beginUntilStrike(name, state)
            await eventually(async () => expect(await lease.count(), 'edges with a lease').to.equal(EDGES), 5)
            const { pod } = await zones.leader()
            const calls = pause(noticedWithinMs).then(callers)
            calls.catch(() => undefined) // it is awaited once all is undone
            await strike(pod)
            const seconds = await lease.secondsUntilGone(within)
            await undo?.(pod)
            const answered = await calls
            const { status, isStillTheOnlyOne } = await onlyResult(name)
            expect(status).to.include({ verdict: 'Interrupted' })
            expect(status.because).to.match(/^the operator that ran the drill is gone/)
            await healAll()
            await zones.freshOperators()
            await stage().routeIsWell()
            expect(await lease.count(), 'nobody orders it again').to.equal(0)
            await isStillTheOnlyOne()
            return { 'seconds until no edge had a lease': Math.round(seconds * 10) / 10, ...answered }
          })
        figures[`${state}, ${what}`] = await withFault(`undone-${index}-${state.toLowerCase()}`, play)
      })

  if (FAULTS.length === ALL.length)
    it('passes though all wall clocks are set an hour ahead while its fault is being detected, and back while calls use the backup', async () => {
      const { begin, isIn } = stage()
      figures['clocks are set'] = await withLiveCalls(async () => {
        await begin('clocks')
        await isIn('clocks', 'Injected')
        await setAllClocks(HOUR)
        await isIn('clocks', 'Holding')
        await setAllClocks(0)
        const { status, isStillTheOnlyOne } = await onlyResult('clocks')
        expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', state: 'Verified' })
        await healAll()
        await isStillTheOnlyOne()
        const { detectMilliseconds, switchMilliseconds, returnMilliseconds } = status.timings!
        return {
          'detected by every edge, ms at most': detectMilliseconds!,
          'calls by the backup in every zone, ms at most': switchMilliseconds!,
          'calls by the primary in every zone, ms at most': returnMilliseconds!,
        }
      })
    })
})
