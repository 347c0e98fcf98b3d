// @stage none  @programs operator  @seconds 90  @alone
// @guard test/integration/operator/drills.test.ts
import { expect } from 'chai'
import { renderTable } from '../../hack/cluster/table.ts'
import { writeEvidence } from '../../hack/evidence.ts'
import { formOfRun } from '../../hack/form.ts'
import { type Companion, handOver, startCompanion } from '../harness/companion.ts'
import { useStage } from '../harness/crash-stage.ts'
import { DrillCrash, nextSlotAt, type Result } from '../harness/drill-crash.ts'
import { inOrder, mannerOf, pointsOf, VARIANTS, type Point } from '../harness/drill-crash-points.ts'
import { startDrillWorld, type DrillWorld } from '../harness/drill-crash-world.ts'
import { extent } from '../harness/extent.ts'
import { fastClock, fastOperator } from '../harness/fast-clock.ts'

/** How often something happens to the operator. */
const POINTS = extent('SWEEP_POINTS', { short: 12, whole: 520 })
/** A short form ends so long after its world stands, whatever it has played. Seconds. */
const LONGEST = extent('SWEEP_SECONDS', { short: 45, whole: Infinity })
/** What goes wrong so often needs no further proof. */
const MOST_WRONG = 5
const KINDS = extent('SWEEP_VARIANTS', { short: 2, whole: VARIANTS.length })
/** How many times faster time passes for the operator, edges and pods. */
const FACTOR = extent('SWEEP_FACTOR', { short: 2, whole: 4 })
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
/** Points whose words, as a failure has them, match this; such as `lane Blackhole in Injected`. Default: all. */
const ONLY = new RegExp(process.env['ONLY'] ?? '')
/** SHARD=2/2 plays every second point. At full length a second process does so: a point waits more than it works. */
const [SHARD, SHARDS] = (process.env['SHARD'] ?? (formOfRun() === 'whole' ? '1/2' : '1/1')).split('/').map(Number) as [
  number,
  number,
]
const OWN_POINTS = Math.ceil(POINTS / SHARDS)
/** From so short before the slot of a schedule on it is waited for, milliseconds: until then other points are played. */
const NEAR_MS = 27_000

describe('a drill whose operator dies at a write or an order ends by itself, with one result', function () {
  this.timeout(4 * 3_600_000)
  const stage = useStage({ env: fastOperator(FACTOR) })
  const results: Result[] = []
  let world: DrillWorld
  let crash: DrillCrash
  let points: Point[]
  let from = 0
  let companion: Companion<Found> | undefined
  const seconds = () => (performance.now() - from) / 1_000

  before('a world in which drills pass', async function () {
    this.timeout(900_000)
    process.stdout.write(`    SEED=${SEED} repeats this order of points\n`)
    if (SHARDS > 1 && process.env['SHARD'] === undefined)
      companion = startCompanion(import.meta.filename, { SEED: `${SEED}`, SHARD: `2/${SHARDS}` })
    world = await startDrillWorld(stage(), fastClock(FACTOR))
    crash = new DrillCrash(stage(), world, FACTOR)
    await crash.begin()
    from = performance.now()
  })
  after(async () => {
    companion?.stop()
    crash?.end()
    await world?.close()
    if (results.length > 0 && !handOver({ results: results.map(plain), seconds: seconds() })) tell(results, seconds())
  })

  it('runs as it should while nothing happens to the operator', async () => {
    const played = VARIANTS.map((_, index) => VARIANTS[(index + SEED) % VARIANTS.length]!).slice(0, KINDS)
    points = []
    for (const variant of played) points.push(...pointsOf(variant, await crash.undisturbed(variant)))
    points = inOrder(points, SEED).filter((point) => ONLY.test(wordsOf(point)))
    points = points.filter((_, index) => index % SHARDS === SHARD - 1)
  })

  it('whatever was under way, every lane is gone within a lease, nobody goes on with the drill, and it has one result', async () => {
    const those = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome)
    const struck = () => results.length - those('not reached').length
    const isTime = () => struck() === 0 || seconds() < LONGEST
    while (points.length > 0 && struck() < OWN_POINTS && those('wrong').length < MOST_WRONG && isTime()) {
      const result = await crash.play(take(points))
      results.push(result)
      process.stdout.write(
        `    ${struck()}/${OWN_POINTS} ${result.outcome}: ${wordsOf(result.point)} ${result.failure?.message ?? ''}\n`,
      )
    }
    const [first] = those('wrong')
    if (first !== undefined) throw new Error(wordsOf(first.point), { cause: first.failure })
    expect(struck(), 'points').to.be.at.least(LONGEST === Infinity ? OWN_POINTS : 1)
  })

  it('so it is at the points of the second process, which plays the other half at full length', async () => {
    if (companion === undefined) return
    const found = await companion.result()
    results.push(...found.results)
    expect(found.results.length).to.be.at.least(OWN_POINTS)
  })
})

interface Found {
  results: Result[]
  seconds: number
}

/** An error has no fields of its own that JSON would keep. */
const plain = ({ failure, ...result }: Result) => ({
  ...result,
  ...(failure && { failure: { message: failure.message } }),
})

/** The next point; that of a schedule when its slot is near, or nothing else is left. */
function take(points: Point[]): Point {
  const isNear = nextSlotAt(Date.now()) - Date.now() < NEAR_MS
  const index = points.findIndex(({ variant }) => (variant.trigger === 'schedule') === isNear)
  return points.splice(Math.max(0, index), 1)[0]!
}

const wordsOf = (point: Point) =>
  `SEED=${SEED}: ${point.variant.name}: ${point.label}, number ${point.nth}: ${mannerOf(point)}` +
  `${point.isStale ? ', with old news' : ''}${point.isStandby ? ', the other replica takes over' : ''}`

function tell(results: readonly Result[], seconds: number): void {
  const struck = results.filter(({ outcome }) => outcome !== 'not reached')
  const kindOf = ({ point }: Result) => `${point.label.includes(': ') ? 'order' : 'write'}, ${mannerOf(point)}`
  const kinds = [...new Set(struck.map(kindOf))].sort().map((kind) => {
    const own = struck.filter((result) => kindOf(result) === kind)
    const recovered = own.filter(({ outcome }) => outcome === 'recovered').length
    const longest = Math.max(0, ...own.map(({ normalAfter }) => normalAfter ?? 0))
    return { kind, recovered, wrong: own.length - recovered, longestSeconds: Math.round(longest * 100) / 100 }
  })
  const rows = kinds.map((each) => [
    ...[each.kind, String(each.recovered), String(each.wrong)],
    each.longestSeconds === 0 ? '' : `${each.longestSeconds.toFixed(2)} s`,
  ])
  process.stdout.write(`\n${renderTable(['point', 'recovered', 'wrong', 'longest time to normal'], rows)}\n`)
  const byVariant = Object.groupBy(struck, ({ point }) => point.variant.name)
  const [points, recovered] = [struck.length, struck.filter(({ outcome }) => outcome === 'recovered').length]
  writeEvidence('sweep', {
    ...{ seed: SEED, factor: FACTOR, points, recovered, notReached: results.length - points, kinds },
    longestSeconds: Math.max(0, ...kinds.map(({ longestSeconds }) => longestSeconds)),
    oldNews: struck.filter(({ point }) => point.isStale).length,
    otherReplica: struck.filter(({ point }) => point.isStandby).length,
    byVariant: Object.fromEntries(Object.entries(byVariant).map(([name, own]) => [name, own?.length])),
    wrong: struck
      .filter(({ failure }) => failure)
      .map((result) => `${wordsOf(result.point)}: ${result.failure!.message}`),
    seconds: Math.round(seconds),
  })
  process.stdout.write(`\n${points} points in ${Math.round(seconds)} s, recovered from ${recovered}: out/sweep.json\n`)
}
