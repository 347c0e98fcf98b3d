/** Whether tests notice a mutant: they are played on a copy of the checkout that has it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from '../cluster/settings.ts'
import { tryRun } from '../cluster/shell.ts'
import { withMutant, type Mutant } from './mutate.ts'

/** `hangs`: the tests did not end in time, which they notice, too. */
export type Fate = 'killed' | 'hangs' | 'alive' | 'no test'

export interface Outcome extends Mutant {
  fate: Fate
  /** The suite that failed, or why a file of tests can't be loaded. */
  by?: string
}

/** Tests that take longer hang, at the least. Milliseconds. */
const LEAST_PATIENCE_MS = 120_000
/** A machine may be busier than it was when the unchanged code was played. */
const PATIENCE = 3
/** Exit codes after SIGKILL, which ends timeout(1), too. */
const KILLED = [128, 137]
const MOCHA = join(repo, 'node_modules', '.bin', 'mocha')

interface Played {
  passed: boolean
  hung: boolean
  by?: string
}

async function play(folder: string, tests: readonly string[], patienceMs?: number): Promise<Played> {
  // What fails for want of processor time kills nothing: a test fails twice in a row, or it has not failed.
  // SIGKILL: what loops hears no other signal where the code under test handles those. `0` is no limit.
  const limit = [
    '--signal=KILL',
    `${(patienceMs ?? 0) / 1_000}`,
    MOCHA,
    '--bail',
    '--retries',
    '1',
    '--reporter',
    'min',
  ]
  const { code, stdout, stderr } = await tryRun('timeout', [...limit, ...tests], { cwd: folder })
  // A file that can't be loaded has no suite.
  const [, suite, exception] = /^ {2}1\) (.*)$|Exception during run: (.*)/m.exec(`${stdout}\n${stderr}`) ?? []
  const by = suite ?? exception
  return { passed: code === 0, hung: KILLED.includes(code), ...(by && { by }) }
}

/**
 * Plays all tests on the unchanged code: a test that fails there would kill every mutant that it reaches.
 * @returns how long a mutant's tests may take before they count as hanging, in milliseconds
 * @throws Error when a test fails, with its name
 */
export async function patienceOn(folder: string, tests: readonly string[]): Promise<number> {
  const begun = performance.now()
  const { passed, by = 'unknown' } = await play(folder, tests)
  if (!passed) throw new Error(`tests fail on the unchanged code, so no mutant can be judged: repair "${by}" first`)
  return Math.max(LEAST_PATIENCE_MS, Math.ceil(PATIENCE * (performance.now() - begun)))
}

/** Plays the tests that reach the file until one fails: the nearest first, since it fails for most and is loaded in a second. */
export async function judge(
  folder: string,
  mutant: Mutant,
  tests: readonly string[],
  patienceMs: number,
): Promise<Outcome> {
  if (tests.length === 0) return { ...mutant, fate: 'no test' }
  const path = join(folder, mutant.file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, withMutant(source, mutant))
  try {
    const nearest = await play(folder, tests.slice(0, 1), patienceMs)
    const { passed, hung, by } =
      nearest.passed && tests.length > 1 ? await play(folder, tests.slice(1), patienceMs) : nearest
    const fate = hung ? 'hangs' : passed ? 'alive' : 'killed'
    return { ...mutant, fate, ...(by !== undefined && { by }) }
  } finally {
    writeFileSync(path, source)
  }
}

export const isNoticed = ({ fate }: Outcome): boolean => fate === 'killed' || fate === 'hangs'
