/**
 * `make mutants`: changes the code in small ways and looks whether the unit tests notice. Works on a copy of the checkout. Stryker does not
 * serve here: its runner for mocha needs compiled modules, and its other one plays all tests for each mutant.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { say } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { tryRun } from '../cluster/shell.ts'
import { renderTable } from '../cluster/table.ts'
import { printFigures, writeEvidence } from '../evidence.ts'
import { mutantsOf, sampleOf, withMutant, type Mutant } from './mutate.ts'
import { closureOf, testsOf } from './reach.ts'
import { DRILL_PROMISES } from './drill-promises.ts'
import { PROMISES as OTHERS } from './promises.ts'

/** Pure rooms, and doors that strangers reach. */
const ROOMS =
  'src/{lib,pki,rules,seal,wire,listeners,conversation}/**/*.ts src/{operator,edge}/{plan,judge,report,render}/**/*.ts src/caller/judge/*.ts ' +
  'src/voice/{call,pipeline,record}/**/*.ts src/{records/submission,sweep/sweep-once}.ts'
const TESTS = 'test/unit/**/*.test.ts test/golden/{operator,conversation}/**/*.test.ts'
/** What needs longer hangs, and was noticed. Milliseconds. */
const PATIENCE_MS = 120_000
const GOAL = 0.95
const PROMISES = [...OTHERS, ...DRILL_PROMISES]
const SAMPLE = Number(process.env['MUTANTS'] ?? 60)

interface Outcome extends Mutant {
  fate: 'killed' | 'alive' | 'no test'
  by?: string
}

function copyOfCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-mutants-'))
  for (const name of ['src', 'test', 'hack', 'bench', 'config', 'crds', 'charts', 'docs'])
    cpSync(join(repo, name), join(folder, name), { recursive: true, filter: (from) => !from.includes('node_modules') })
  for (const name of globSync(['*.json', '*.md', '*.js', '.*rc*', 'Dockerfile*', 'Makefile'], { cwd: repo }))
    cpSync(join(repo, name), join(folder, name))
  symlinkSync(join(repo, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Plays the tests that reach the file until one fails. */
async function judge(folder: string, mutant: Mutant, tests: readonly string[]): Promise<Outcome> {
  if (tests.length === 0) return { ...mutant, fate: 'no test' }
  const path = join(folder, mutant.file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, withMutant(source, mutant))
  try {
    const options = { cwd: folder, signal: AbortSignal.timeout(PATIENCE_MS) }
    const { code, stdout } = await tryRun('mocha', ['--bail', '--reporter', 'min', ...tests], options)
    const [, by] = /^ {2}1\) (.*)$/m.exec(stdout) ?? []
    return { ...mutant, fate: code === 0 ? 'alive' : 'killed', ...(by && { by }) }
  } finally {
    writeFileSync(path, source)
  }
}

async function main(): Promise<number> {
  process.chdir(repo)
  const known = new Map<string, string[]>()
  const closures = new Map(globSync(TESTS.split(' ')).map((test) => [test, closureOf(test, known)] as const))
  const all = globSync(ROOMS.split(' '))
    .sort()
    .flatMap((file) => mutantsOf(file, readFileSync(file, 'utf8')))
  const chosen = [...PROMISES.map(toMutant), ...sampleOf(all, SAMPLE)]
  const folder = copyOfCheckout()
  const outcomes: Outcome[] = []
  try {
    for (const mutant of chosen) {
      const outcome = await judge(folder, mutant, testsOf(mutant.file, closures))
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

function close(outcomes: readonly Outcome[], possible: number): number {
  const killed = outcomes.filter(({ fate: result }) => result === 'killed').length
  const left = outcomes.filter(({ fate: result }) => result !== 'killed')
  const promises = outcomes.slice(0, PROMISES.length).filter(({ fate: result }) => result === 'killed').length
  printFigures('mutants', [
    ['that drop a promise', `${promises} of ${PROMISES.length} killed`],
    ['sampled', `${outcomes.length - PROMISES.length} of ${possible}`],
    ['killed', `${killed} of ${outcomes.length} (${((100 * killed) / outcomes.length).toFixed(1)} %)`],
  ])
  const rows = left.map(({ file, line, what, fate: result }) => [`${file}:${line}`, what, result])
  if (rows.length > 0) console.log(renderTable(['PLACE', 'WHAT', 'FATE'], rows))
  writeEvidence('mutants', {
    possible,
    outcomes: outcomes.map(({ file, line, what, fate: result, by }) => ({ file, line, what, fate: result, by })),
  })
  return promises === PROMISES.length && killed >= GOAL * outcomes.length ? 0 : 1
}

process.exitCode = await main()
