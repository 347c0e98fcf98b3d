/**
 * `make test`: brings up what the tests need, runs all of them, and takes down what it brought up. A cluster that ran before stays.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { say } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { writeEvidence } from '../evidence.ts'
import { bringUp, type Clusters } from './clusters.ts'
import { runGroup } from './group.ts'
import { runLanes, runQuick } from './lanes.ts'
import { machineLine, watchMachine } from './machine-time.ts'
import { mayTryAgain, planOf, stageIn, SUITES } from './plan.ts'
import { prepare } from './prepare.ts'
import { closing, failedIn, onlyAtTheSecondTry, type Summary } from './summary.ts'
import { createTimeline, timelineRows } from './timeline.ts'

/** Ctrl-C ends the mocha that runs; no other one begins after it. */
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isInterrupted = true))

/** Programs that tests start are compiled once: that was half of what a start costs. */
process.env['NODE_COMPILE_CACHE'] ??= join(repo, 'out', 'compile-cache')

/** `STRICT=1`: no second try. */
const isStrict = process.env['STRICT'] === '1'

const stageOf = (file: string) => stageIn(readFileSync(file, 'utf8'))

const timeline = createTimeline()

async function runTests({ instances, removeSecond }: Clusters): Promise<number> {
  const machineTime = watchMachine()
  const files = SUITES.flatMap((suite) => globSync(`test/${suite}/**/*.test.ts`))
  const { first, neighbours, zones, beside, alone } = planOf(files, stageOf)
  say(`tests: ${first.flat().length} files that need nothing but Node`)
  const units = await timeline.part('needs nothing but Node', () =>
    runQuick(first, { isInterrupted: () => isInterrupted }),
  )
  if (isInterrupted) return 130
  const inZones = [...neighbours, ...zones].flat().length
  say(`tests: ${inZones} files in the zones of ${instances.length} clusters, ${beside.flat().length} beside`)
  const lanes = { neighbours, zones, beside, clusters: instances, isInterrupted: () => isInterrupted }
  const shared = await timeline.part('in the zones and beside', () => runLanes(lanes))
  await removeSecond()
  if (isInterrupted) return 130
  say(`tests: ${alone.length} files alone`)
  const results: Summary = Object.assign(units, shared, await timeline.part('alone', () => runGroup(alone)))
  const again = isInterrupted || isStrict ? [] : mayTryAgain(failedIn(results))
  const firstTries = Object.fromEntries(again.map((file) => [file, results[file]!]))
  if (again.length > 0) {
    say(`tests: ${again.length} files a second time`)
    Object.assign(results, await timeline.part('a second time', () => runGroup(again)))
  }
  writeEvidence('flaky', { tests: onlyAtTheSecondTry(results, firstTries) })
  const run = { parts: timelineRows(timeline.parts()), machine: machineLine(machineTime()) }
  process.stdout.write(closing(results, firstTries, run))
  return failedIn(results).length > 0 ? 1 : 0
}

async function main(): Promise<number> {
  const clusters = await timeline.part('cluster, images and tools', bringUp)
  if (clusters === undefined) return 1
  try {
    await timeline.part('callers, trunks, database and recordings', prepare)
    return await runTests(clusters)
  } finally {
    await clusters.removeAll()
  }
}

process.exitCode = await main()
