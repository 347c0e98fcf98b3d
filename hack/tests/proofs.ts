/** `make e2e`, `make proofs` and `make proofs-status`: plays proofs, writes down what they showed, and reports it. */
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Command } from 'commander'
import { watchStolenTime } from '../calls/processor-time.ts'
import { say } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { commitOf, machine } from '../evidence.ts'
import { changesSince, pathsOfTest } from './changes.ts'
import { budgetOf, chosen, shardOf, type Candidate } from './choose.ts'
import { note, readEntry, SUM, type LedgerEntry, type LedgerSum } from './ledger.ts'
import { isOfTest } from './plan.ts'
import { proofNameOf } from './proof-name.ts'
import { declared, run } from './run.ts'
import { countsOf, freshnessOf, statusTable, type StatusRow } from './status.ts'

const all = globSync('test/**/*.test.ts', { cwd: repo }).sort()
const proofs = all.filter((file) => !isOfTest(declared(file)))
/** Promises that `make test` shows in little can be asked for as well. */
const promises = all.filter((file) => proofs.includes(file) || file.startsWith('test/e2e/'))

interface Known extends Candidate {
  entry: LedgerEntry | undefined
}

function known(file: string, since?: string): Known {
  const entry = readEntry(file)
  const last = entry?.last
  return {
    ...{ file, entry, seconds: last?.seconds ?? declared(file).seconds, at: last?.at },
    failedLast: last?.result === 'Failed',
    changes: last && changesSince(last.commit, pathsOfTest(file)),
    isReached: since === undefined ? undefined : changesSince(since, pathsOfTest(file)) !== 0,
  }
}

interface PlayOptions {
  promise?: string
  form: 'short' | 'whole'
  times: string
  budget?: string
  since?: string
  shard?: string
}

async function play(o: PlayOptions): Promise<number> {
  process.env['PROOF'] = o.form
  const files = filesFor(o)
  say(`proofs: ${files.length} in ${o.form} form`)
  const commit = commitOf(repo)
  let code = 0
  for (let round = 0; round < Number(o.times); round++) {
    let stolen = watchStolenTime()
    const played = await run({
      files,
      tookLast: (file) => readEntry(file)?.last.seconds,
      isStrict: true,
      // At full length a proof measures time, voice or a load: nothing may run beside it.
      isOneByOne: o.form === 'whole',
      areZonesQuiet: true,
      onPlayed: (results) => {
        const how = { at: new Date(), form: o.form, commit, machine: machine(), stolen: stolen() }
        stolen = watchStolenTime()
        for (const [file, result] of Object.entries(results)) note(file, result, how)
      },
    })
    code ||= played.code
  }
  return code
}

/** @throws Error when no promise has that name */
function filesFor({ promise, budget, since, shard }: PlayOptions): string[] {
  if (promise !== undefined) {
    const named = promises.filter((file) => proofNameOf(file).startsWith(promise))
    if (named.length > 0) return named
    throw new Error(`no proof begins with ${promise}: there are ${promises.map(proofNameOf).join(', ')}`)
  }
  const choice = {
    budget: budget === undefined ? undefined : budgetOf(budget),
    shard: shard === undefined ? undefined : shardOf(shard),
  }
  const candidates = proofs.map((file) => known(file, since))
  return chosen(candidates, choice).map(({ file }) => file)
}

const rowsNow = (): StatusRow[] =>
  proofs.map((file) => {
    const { entry, changes } = known(file)
    return { name: proofNameOf(file), entry, changes }
  })

/** What the texts quote: `make figures`. */
function writeSum(): void {
  const rows = rowsNow()
  const named = (is: (row: StatusRow) => boolean) => rows.filter(is).map(({ name }) => name)
  const sum: LedgerSum = {
    ...{ commit: commitOf(repo).id, at: new Date().toISOString(), ...countsOf(rows) },
    failed: named((row) => freshnessOf(row) === 'Failed'),
    whole: named(({ entry }) => entry?.whole !== undefined),
  }
  mkdirSync(dirname(SUM), { recursive: true })
  writeFileSync(SUM, `${JSON.stringify(sum, null, 2)}\n`)
}

const program = new Command('proofs').description('play proofs, and report when each was shown last')
program
  .command('play')
  .option('--promise <name>', 'those whose name begins so, instead of all')
  .option('--form <form>', 'short, or whole: full length, one after the other', 'short')
  .option('--times <rounds>', 'how often', '1')
  .option('--budget <duration>', 'begin none after that: 40m, 90s or 2h')
  .option('--since <ref>', 'only those that a change since this commit reaches')
  .option('--shard <part>', 'one part of several that take equally long: 1/3')
  .action(async (o: PlayOptions) => void (process.exitCode = await play(o)))
program
  .command('status')
  .description('when each was shown last, and what changed since')
  .action(() => console.log(statusTable(rowsNow())))
program.command('sum').description('write the sum that the texts quote: part of make figures').action(writeSum)

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
