/**
 * `make test`: brings up what the tests need, runs all of them, and takes down what it brought up. A cluster that ran before stays.
 */
import { globSync, readFileSync } from 'node:fs'
import { say } from '../cluster/progress.ts'
import { writeEvidence } from '../evidence.ts'
import { bringUp, type Clusters } from './clusters.ts'
import { runGroup } from './group.ts'
import { runLanes } from './lanes.ts'
import { mayTryAgain, planOf, SUITES } from './plan.ts'
import { prepare } from './prepare.ts'
import { closing, failedIn, onlyAtTheSecondTry, type Summary } from './summary.ts'

/** Ctrl-C ends the mocha that runs; no other one begins after it. */
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isInterrupted = true))

/** `STRICT=1`: no second try. */
const isStrict = process.env['STRICT'] === '1'

/** What sets a stage, by the name under which a test imports it. */
const STAGES = ['talkingValues', 'useDrillStage']
const stageOf = (file: string) => {
  const text = readFileSync(file, 'utf8')
  return STAGES.find((stage) => text.includes(stage))
}

async function runTests({ instances, removeSecond }: Clusters): Promise<number> {
  const files = SUITES.flatMap((suite) => globSync(`test/${suite}/**/*.test.ts`))
  const { first, zones, beside, alone } = planOf(files, stageOf)
  say(`tests: ${first.length} files that need nothing but Node`)
  const units = await runGroup(first)
  if (isInterrupted) return 130
  say(
    `tests: ${zones.flat().length} files in the zones of ${instances.length} clusters, ${beside.flat().length} beside`,
  )
  const shared = await runLanes({ zones, beside, clusters: instances, isInterrupted: () => isInterrupted })
  await removeSecond()
  if (isInterrupted) return 130
  say(`tests: ${alone.length} files alone`)
  const results: Summary = Object.assign(units, shared, await runGroup(alone))
  const again = isInterrupted || isStrict ? [] : mayTryAgain(failedIn(results))
  if (again.length > 0) say(`tests: ${again.length} files a second time`)
  const firstTries = Object.fromEntries(again.map((file) => [file, results[file]!]))
  Object.assign(results, await runGroup(again))
  writeEvidence('flaky', { tests: onlyAtTheSecondTry(results, firstTries) })
  process.stdout.write(closing(results, firstTries))
  return failedIn(results).length > 0 ? 1 : 0
}

async function main(): Promise<number> {
  const clusters = await bringUp()
  if (clusters === undefined) return 1
  try {
    await prepare()
    return await runTests(clusters)
  } finally {
    await clusters.removeAll()
  }
}

process.exitCode = await main()
