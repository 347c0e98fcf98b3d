/** `make bench-operator`: three operators, one reconcile, one table. See docs/benchmarks.md. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, ensureBinaries, kubernetes } from '../../hack/cluster/binaries.ts'
import { say } from '../../hack/cluster/progress.ts'
import { repo } from '../../hack/cluster/settings.ts'
import { run } from '../../hack/cluster/shell.ts'
import { CONTESTANTS, prepareStandin, versions } from './contestants.ts'
import { idleTogether, type Idle } from './idle.ts'
import { machine } from './machine.ts'
import { playRound, type Round } from './measure.ts'
import { HELP, parseOptions, type ContestantName, type Options } from './options.ts'
import { killAll } from './process.ts'
import { insertInto, render, type Results } from './report.ts'
import { strike } from './stage.ts'

async function main(options: Options, dir: string): Promise<void> {
  await ensureBinaries([kubernetes])
  await prepareStandin()
  for (const name of options.contestants) await CONTESTANTS[name].prepare()
  const rounds: Round[] = []
  const largest = Math.max(...options.sizes)
  const kept = new Map<ContestantName, string>()
  for (const count of options.sizes) {
    for (const name of options.contestants) {
      const stageDir = join(dir, `${name}-${count}`)
      const [round, stage] = await playRound(CONTESTANTS[name], count, options, stageDir)
      rounds.push(round)
      const keep = count === largest && options.idleSeconds > 0
      if (keep) kept.set(name, stageDir)
      await strike(stage, !keep && !options.keep)
      say(`${name} at ${count}: ${round.callbotsPerSecond.toFixed(1)} CRs/s, ${round.settledRssMiB.toFixed(0)} MiB`)
    }
  }
  const idle = kept.size > 0 ? await idleTogether(kept, largest, options) : []
  await publish(options, rounds, idle)
}

async function publish(options: Options, rounds: Round[], idle: Idle[]): Promise<void> {
  const { concurrency, replicas, idleSeconds, settleSeconds } = options
  const results: Results = {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: machine(),
    versions: await versions(),
    kubernetes: (await run(binary(kubernetes, 'kube-apiserver'), ['--version'])).trim().split(' ').at(-1)!,
    options: { concurrency, replicas, idleSeconds, settleSeconds },
    rounds,
    idle,
  }
  mkdirSync(join(repo, 'out'), { recursive: true })
  writeFileSync(join(repo, options.out), `${JSON.stringify(results, undefined, 2)}\n`)
  const text = render(results)
  console.log(`\n${text}\n\nAll figures: ${options.out}`)
  if (options.writeDocs) {
    const page = join(repo, 'docs', 'benchmarks.md')
    writeFileSync(page, insertInto(readFileSync(page, 'utf8'), text))
  }
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
