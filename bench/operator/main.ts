/** `make bench-operator`: three operators, one reconcile, one table. See docs/benchmarks.md. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { binary, ensureBinaries, kubernetes } from '../../hack/cluster/binaries.ts'
import { repo } from '../../hack/cluster/settings.ts'
import { run } from '../../hack/cluster/shell.ts'
import { machine, writeEvidence } from '../../hack/evidence.ts'
import { CONTESTANTS, prepareStandin, versions } from './contestants.ts'
import { createAttempt } from './excuses.ts'
import { idleTogether, type Left } from './idle.ts'
import { playRound } from './measure.ts'
import { formOf, HELP, parseOptions, type ContestantName, type Options } from './options.ts'
import { killAll } from './process.ts'
import { render, type Results } from './report.ts'

async function main(options: Options, dir: string): Promise<void> {
  await ensureBinaries([kubernetes])
  await prepareStandin()
  for (const { name } of options.contestants) await CONTESTANTS[name].prepare()
  const results = await circumstances(options)
  const attempt = createAttempt(results.gaveUp)
  const left = new Map<ContestantName, Left>()
  for (const callbots of options.sizes.toSorted((a, b) => a - b)) {
    const entries = options.contestants.filter(({ most }) => callbots <= most)
    for (const players of options.together ? [entries] : entries.map((entry) => [entry])) {
      const kept = players.map(({ name }) => ({
        contestant: CONTESTANTS[name],
        callbots,
        dir: join(dir, `${name}-${callbots}`),
      }))
      const rounds = await Promise.all(kept.map((one) => playRound(one, options, attempt)))
      results.rounds.push(...rounds.filter((round) => round !== undefined))
      // Who does not come to rest again can't be watched at rest: the smaller round stands for it.
      for (const [index, round] of rounds.entries())
        if (round?.restart?.seconds !== undefined) left.set(kept[index]!.contestant.name, kept[index]!)
      save(options, results) // what is measured is measured, whatever comes
    }
  }
  if (options.idleSeconds > 0) results.idle = await idleTogether([...left.values()], options, attempt)
  writeEvidence(basename(options.out, '.json'), results, { form: formOf(options) })
  console.log(`\n${render(results)}\n\nAll figures: ${options.out}`)
}

async function circumstances({ concurrency, replicas, idleSeconds, settleSeconds }: Options): Promise<Results> {
  return {
    at: new Date().toISOString(),
    machine: machine(),
    versions: await versions(),
    kubernetes: (await run(binary(kubernetes, 'kube-apiserver'), ['--version'])).trim().split(' ').at(-1)!,
    options: { concurrency, replicas, idleSeconds, settleSeconds },
    rounds: [],
    gaveUp: [],
    idle: [],
  }
}

function save({ out }: Options, results: Results): void {
  mkdirSync(join(repo, 'out'), { recursive: true })
  writeFileSync(join(repo, out), `${JSON.stringify(results, undefined, 2)}\n`)
}

const options = parseOptions(process.argv.slice(2))
if (options.help) {
  console.log(HELP)
} else {
  const dir = mkdtempSync(join(tmpdir(), 'callbot-bench-'))
  const clean = () => {
    killAll()
    if (options.keep) console.error(`Logs and data are in ${dir}`)
    else rmSync(dir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      clean()
      process.exit(130)
    })
  }
  await main(options, dir).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
  clean()
}
