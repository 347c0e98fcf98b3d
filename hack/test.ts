/**
 * `make test`: brings up what the tests need, runs all of them in one go, and takes down what it brought up.
 * A cluster that ran before stays.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { usesCurrentCluster } from './cluster/settings.ts'
import { say } from './cluster/progress.ts'
import { status } from './cluster/status.ts'

/** From what is quick and tells most to what takes long. The last one judges what all others did. */
const SUITES = ['test/unit/**', 'test/golden/**', 'test/cluster/**', 'test/contrast/**', 'test/e2e/**']
const LAST = 'test/e2e/rights-granted-are-rights-used.test.ts'

/** Those that need the speech server stand together within their suite: it takes most of a minute to come. */
const talksFirst = (one: string, other: string) => Number(talks(other)) - Number(talks(one)) || one.localeCompare(other)
const talks = (file: string) => file.includes('/e2e/') && readFileSync(file, 'utf8').includes('talkingValues')

function files(): string[] {
  const found = SUITES.flatMap((suite) => globSync(`${suite}/*.test.ts`).sort(talksFirst))
  return [...new Set(found)].filter((file) => file !== LAST).concat(LAST)
}

/** Runs a program, with our terminal as its own unless it has to be silent. Resolves with its exit code. */
function show(command: string, args: readonly string[], stdio: 'inherit' | 'ignore' = 'inherit'): Promise<number> {
  const child = spawn(command, args, { stdio })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

async function main(): Promise<number> {
  const ranBefore = !usesCurrentCluster && (await status()).healthy
  for (const verb of ['up', 'images', 'tools']) {
    const code = await show('node', ['hack/cluster/main.ts', verb])
    if (code !== 0) return code
  }
  say('tests')
  const code = await show('mocha', ['--require', './test/kit/second-try.ts', ...files()])
  // In silence: mocha's closing line is for machines too, and has to stay the last.
  if (!ranBefore && !usesCurrentCluster)
    await show('timeout', ['300', 'node', 'hack/cluster/main.ts', 'down'], 'ignore')
  return code
}

process.exitCode = await main()
