/**
 * `make test`: brings up what the tests need, runs all of them, and takes down what it brought up. A cluster that ran before stays.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { say } from '../cluster/progress.ts'
import { writeEvidence } from '../evidence.ts'
import { usesCurrentCluster } from '../cluster/settings.ts'
import { status } from '../cluster/status.ts'
import { runLane } from './lane.ts'
import { mayTryAgain, planOf, SUITES } from './plan.ts'
import { prepare } from './prepare.ts'
import { closing, failedIn, onlyAtTheSecondTry, type Summary } from './summary.ts'

/** Runs a program, with our terminal as its own unless it has to be silent. Resolves with its exit code. */
function show(command: string, args: readonly string[], stdio: 'inherit' | 'ignore' = 'inherit'): Promise<number> {
  const child = spawn(command, args, { stdio })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** Ctrl-C ends the mocha that runs; no other one begins after it. */
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isInterrupted = true))

/** `STRICT=1`: no second try. */
const isStrict = process.env['STRICT'] === '1'

const talks = (file: string) => file.startsWith('test/e2e/') && readFileSync(file, 'utf8').includes('talkingValues')

async function runTests(): Promise<number> {
  const files = SUITES.flatMap((suite) => globSync(`test/${suite}/**/*.test.ts`))
  const { first, zones, beside, alone } = planOf(files, talks)
  say(`tests: ${first.length} files that need nothing but Node`)
  const units = await runLane(first)
  if (isInterrupted) return 130
  say(`tests: ${zones.length} files in the zones, ${beside.length} beside them`)
  const lanes = await Promise.all([runLane(zones, 'zones '), runLane(beside, 'beside')])
  if (isInterrupted) return 130
  say(`tests: ${alone.length} files alone`)
  const results: Summary = Object.assign(units, ...lanes, await runLane(alone))
  const again = isInterrupted || isStrict ? [] : mayTryAgain(failedIn(results))
  if (again.length > 0) say(`tests: ${again.length} files a second time`)
  const firstTries = Object.fromEntries(again.map((file) => [file, results[file]!]))
  Object.assign(results, await runLane(again))
  writeEvidence('flaky', { tests: onlyAtTheSecondTry(results, firstTries) })
  process.stdout.write(closing(results, firstTries))
  return failedIn(results).length > 0 ? 1 : 0
}

async function main(): Promise<number> {
  const ranBefore = !usesCurrentCluster && (await status()).healthy
  for (const verb of ['up', 'images', 'tools']) {
    const code = await show('node', ['hack/cluster/main.ts', verb])
    if (code !== 0) return code
  }
  await prepare()
  const code = await runTests()
  // In silence: the closing line is for machines too, and has to stay the last.
  if (!ranBefore && !usesCurrentCluster)
    await show('timeout', ['300', 'node', 'hack/cluster/main.ts', 'down'], 'ignore')
  return code
}

process.exitCode = await main()
