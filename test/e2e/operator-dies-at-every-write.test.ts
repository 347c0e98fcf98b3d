// @stage none  @programs operator  @seconds 150
// @guard test/integration/kube/owned.test.ts
// @guard test/integration/kube/fence.test.ts
import { expect } from 'chai'
import { pause, until } from '../../hack/cluster/shell.ts'
import { renderTable } from '../../hack/cluster/table.ts'
import { writeEvidence } from '../../hack/evidence.ts'
import { checkWorld } from '../harness/crash-check.ts'
import { declare, expectedOf, PHASES, type BotSet, type Phase } from '../harness/crash-phases.ts'
import type { CrashPoint } from '../harness/crash-proxy.ts'
import { PODS, useStage, type Stage } from '../harness/crash-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'

/** How many crash points, spread evenly over the phases. */
const points = extent('CRASH_POINTS', { short: 8, whole: Infinity })

/** No write for so long, and the world is as it must be: it has settled. Milliseconds. */
const QUIET = 500
/** How long an operator may take to bring the world to the spec's state. */
const PATIENCE_SECONDS = 60

async function settled(stage: Stage, cast: BotSet, authority?: Phase['authority']): Promise<void> {
  const isQuiet = () => stage.proxy.quietFor() > QUIET
  await until('no write for a while', PATIENCE_SECONDS, isQuiet)
  await eventually(async () => {
    await checkWorld(stage, expectedOf(cast), authority)
    expect(isQuiet(), 'nothing is written any more').to.be.true
  }, PATIENCE_SECONDS)
}

async function begin(stage: Stage, phase: Phase): Promise<void> {
  stage.proxy.count()
  await phase.prepare?.(stage)
  await declare(stage, phase.before)
  await settled(stage, phase.before, undefined)
}

async function change(stage: Stage, phase: Phase): Promise<void> {
  await phase.act?.(stage)
  await declare(stage, phase.after)
}

/** How many writes the phase takes when nothing goes wrong. */
async function countWrites(stage: Stage, phase: Phase): Promise<number> {
  await begin(stage, phase)
  stage.proxy.count()
  await change(stage, phase)
  await pause(QUIET)
  await settled(stage, phase.after, phase.authority)
  return stage.proxy.writes.length
}

interface Result {
  phase: string
  point: CrashPoint
  /** The write at which it died; undefined when the phase took fewer writes this time. */
  struck: string | undefined
  outcome: 'recovered' | 'not recovered' | 'not reached'
  /** What is wrong with a world that was not brought to the spec. */
  failure?: unknown
  /** Seconds from the kill to the settled world. */
  seconds: number
}

let deaths = 0
/** Two restarts of the container, then the other replica, which must wait for the lease. */
const podAfter = (kills: number) => PODS[Math.floor(kills / 3) % 2]!

async function crash(stage: Stage, phase: Phase, point: CrashPoint): Promise<Result> {
  await begin(stage, phase)
  const { operator } = stage
  const strike = stage.proxy.killAt(point, () => operator.kill())
  await change(stage, phase)
  const struck = await Promise.race([strike, pause(QUIET).then(() => settled(stage, phase.after, phase.authority))])
  if (!struck) return { phase: phase.name, point, struck: undefined, outcome: 'not reached', seconds: 0 }
  const died = performance.now()
  expect(await operator.ended).to.equal('SIGKILL')
  const failure: unknown = await recover(stage, phase).catch((error: unknown) => error)
  const outcome = failure === undefined ? 'recovered' : 'not recovered'
  const seconds = (performance.now() - died) / 1000
  return { phase: phase.name, point, struck: struck.what, outcome, failure, seconds }
}

async function recover(stage: Stage, phase: Phase): Promise<void> {
  stage.proxy.count()
  stage.start(podAfter(deaths++))
  // Else a world that was right already would be checked before the new operator has touched it.
  await until('the next operator to lead', PATIENCE_SECONDS, () => stage.operator.says('leadership began'))
  await pause(QUIET)
  await settled(stage, phase.after, phase.authority)
}

/** So many points of each phase as its share of all writes gives, at least one, evenly spread. */
function choose(counts: Map<Phase, number>, phase: Phase): CrashPoint[] {
  const all = Array.from({ length: counts.get(phase)! }, (_, index) => index + 1).flatMap((write) =>
    (['before', 'unheard'] as const).map((when): CrashPoint => ({ write, when })),
  )
  const everywhere = 2 * [...counts.values()].reduce((sum, writes) => sum + writes, 0)
  const share = Math.min(all.length, Math.max(1, Math.round((points * all.length) / everywhere)))
  return Array.from({ length: share }, (_, index) => all[Math.floor(((index + 0.5) * all.length) / share)]!)
}

describe('the operator dies at every write of a bot’s life', function () {
  this.timeout(3_600_000)
  const stage = useStage()
  const results: Result[] = []
  const counts = new Map<Phase, number>()
  let begun = 0

  before(async function () {
    this.timeout(300_000)
    begun = performance.now()
    for (const phase of PHASES) counts.set(phase, await countWrites(stage(), phase))
  })

  after(() => tell(results, counts, (performance.now() - begun) / 1000))

  for (const phase of PHASES) {
    it(`${phase.name}: whatever was under way, the next operator brings the world to the spec`, async () => {
      for (const point of choose(counts, phase)) {
        const result = await crash(stage(), phase, point)
        results.push(result)
        if (result.failure !== undefined) throw result.failure
      }
    })
  }

  it('it ran under the fence of the chart: a pod that does not lead may write nothing', async () => {
    const standby = PODS.find((pod) => pod !== podAfter(deaths - 1))!
    const refusal = await stage()
      .writeAs(standby)
      .catch((error: Error) => error.message)
    expect(refusal).to.include('does not hold the lease')
  })

  it('no write follows once all has settled', async () => {
    stage().proxy.count()
    await pause(5000)
    expect(stage().proxy.writes).to.deep.equal([])
  })

  it(`was killed ${points === Infinity ? 'at 100 points or more' : 'at nearly every point that was chosen'}`, () => {
    const killed = results.filter(({ struck }) => struck !== undefined).length
    expect(killed).to.be.at.least(points === Infinity ? 100 : Math.floor(points * 0.9))
  })
})

function tell(results: Result[], counts: Map<Phase, number>, seconds: number): void {
  const struck = results.filter((result) => result.struck !== undefined)
  const rows = [...counts].map(([phase, writes]) => {
    const here = struck.filter((result) => result.phase === phase.name)
    const slowest = Math.max(0, ...here.map((result) => result.seconds))
    return [phase.name, String(writes), String(here.length), here.length === 0 ? '' : `${slowest.toFixed(1)} s`]
  })
  process.stdout.write(`\n${renderTable(['phase', 'writes', 'kills', 'slowest recovery'], rows)}\n`)
  const byOutcome = tally(results.map(({ outcome }) => outcome))
  const byWrite = tally(struck.map((result) => result.struck!))
  const phases = Object.fromEntries(
    rows.map(([name, writes, kills]) => [name, { writes: Number(writes), kills: Number(kills) }]),
  )
  const slowestSeconds = Math.max(0, ...struck.map((result) => result.seconds))
  const { recovered = 0 } = byOutcome
  writeEvidence('crash-points', {
    ...{ points: struck.length, recovered, slowestSeconds, phases, byOutcome, byWrite, seconds: Math.round(seconds) },
  })
  process.stdout.write(
    `\n${struck.length} kills in ${Math.round(seconds)} s, recovered from ${recovered} of them: out/crash-points.json\n`,
  )
}

const tally = (words: string[]): Record<string, number> =>
  Object.fromEntries([...new Set(words)].sort().map((word) => [word, words.filter((each) => each === word).length]))
