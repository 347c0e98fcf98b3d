/**
 * `make mutants`: changes the code in small ways and looks whether the unit tests notice. Works on a copy of the checkout. Stryker does not
 * serve here: its runner for mocha needs compiled modules, and its other one plays all tests for each mutant.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { say } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { renderTable } from '../cluster/table.ts'
import { printFigures, writeEvidence } from '../evidence.ts'
import { isNoticed, judge, patienceOn, type Outcome } from './judge.ts'
import { mutantsOf, sampleOf, type Mutant } from './mutate.ts'
import { closureOf, testsOf } from './reach.ts'
import { DRILL_PROMISES } from './drill-promises.ts'
import { PROMISES as OTHERS } from './promises.ts'
import { reasonOf } from './survivors.ts'

/** Pure rooms, and doors that strangers reach. */
const ROOMS =
  'src/{lib,pki,rules,seal,wire,listeners,conversation}/**/*.ts src/{operator,edge}/{plan,judge,report,render}/**/*.ts src/caller/judge/*.ts ' +
  'src/voice/{call,pipeline,record}/**/*.ts src/{records/submission,sweep/sweep-once}.ts'
const TESTS = 'test/unit/**/*.test.ts test/golden/{operator,conversation}/**/*.test.ts'
const GOAL = 0.95
const PROMISES = [...OTHERS, ...DRILL_PROMISES]
/** With those that drop a promise more than 120: one that is missed is less than 1 %. */
const WHOLE_SAMPLE = 80
const SAMPLE = Number(process.env['MUTANTS'] ?? WHOLE_SAMPLE)

/** What a checkout does not hold, or holds too much of. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'out'].map((name) => join(repo, name)))

function copyOfCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-mutants-'))
  cpSync(repo, folder, { recursive: true, filter: (from) => !LEFT_OUT.has(from) && !from.endsWith('/node_modules') })
  symlinkSync(join(repo, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

async function main(): Promise<number> {
  process.chdir(repo)
  const known = new Map<string, string[]>()
  const closures = new Map(globSync(TESTS.split(' ')).map((test) => [test, closureOf(test, known)] as const))
  const all = globSync(ROOMS.split(' '))
    .sort()
    .flatMap((file) => mutantsOf(file, readFileSync(file, 'utf8')))
  const chosen = [...PROMISES.map(toMutant), ...sampleOf(all, codeOf, SAMPLE)]
  const folder = copyOfCheckout()
  const outcomes: Outcome[] = []
  try {
    const used = new Set(chosen.flatMap(({ file }) => testsOf(file, closures)))
    say(`${used.size} files of tests on the unchanged code`)
    const patienceMs = await patienceOn(folder, [...used])
    for (const mutant of chosen) {
      const outcome = await judge(folder, mutant, testsOf(mutant.file, closures), patienceMs)
      outcomes.push(outcome)
      say(`${outcomes.length} of ${chosen.length}: ${outcome.fate}: ${mutant.file}:${mutant.line}: ${mutant.what}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return close(outcomes, all.length)
}

/** A mutant that drops a promise, by the text that it changes. @throws Error when the text is not there, once */
function toMutant({ file, from, to, what }: (typeof PROMISES)[number]): Mutant {
  const source = readFileSync(file, 'utf8')
  const start = source.indexOf(from)
  if (start < 0 || source.indexOf(from, start + 1) >= 0)
    throw new Error(`${file} has not exactly one place with ${JSON.stringify(from)}: correct hack/mutants/promises.ts`)
  return { file, line: source.slice(0, start).split('\n').length, what, start, end: start + from.length, text: to }
}

const codeOf = ({ file, line }: Mutant) => readFileSync(file, 'utf8').split('\n')[line - 1]!.trim()

/** @returns the exit code: 0 when all that drop a promise, and GOAL of all, were noticed, and each survivor has a reason */
function close(outcomes: readonly Outcome[], possible: number): number {
  const noticed = outcomes.filter(isNoticed)
  const left = outcomes
    .filter((outcome) => !isNoticed(outcome))
    .map((outcome) => ({ ...outcome, why: reasonOf({ ...outcome, code: codeOf(outcome) }) }))
  const promises = outcomes.slice(0, PROMISES.length).filter(isNoticed).length
  const unexplained = left.filter(({ why }) => why === undefined).length
  printFigures('mutants', [
    ['that drop a promise', `${promises} of ${PROMISES.length} noticed`],
    ['sampled', `${outcomes.length - PROMISES.length} of ${possible}`],
    ['noticed', `${noticed.length} of ${outcomes.length} (${((100 * noticed.length) / outcomes.length).toFixed(1)} %)`],
    ['of them because tests did not end', `${outcomes.filter(({ fate }) => fate === 'hangs').length}`],
    ['survivors without a reason', `${unexplained}`],
  ])
  const rows = left.map(
    ({ file, line, what, fate, why = 'none: add a test, or a reason to hack/mutants/survivors.ts' }) => [
      ...[`${file}:${line}`, what, fate, why],
    ],
  )
  if (rows.length > 0) console.log(renderTable(['PLACE', 'WHAT', 'FATE', 'REASON'], rows))
  const ofOne = ({ file, line, what, fate, by }: Outcome) => ({ file, line, what, fate, by })
  writeEvidence(
    'mutants',
    { possible, promises: PROMISES.length, unexplained, outcomes: outcomes.map(ofOne) },
    { form: SAMPLE === WHOLE_SAMPLE ? 'whole' : 'custom' },
  )
  return promises === PROMISES.length && noticed.length >= GOAL * outcomes.length && unexplained === 0 ? 0 : 1
}

process.exitCode = await main()
