/** docs/evidence/ledger: when each promise was last shown, in which form, on what, and with what result. One file for each proof. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from '../cluster/settings.ts'
import type { Commit, Machine } from '../evidence.ts'
import { proofNameOf } from './proof-name.ts'
import type { FileResult } from './summary.ts'

const FOLDER = join(repo, 'docs', 'evidence', 'ledger')

export interface Shown {
  at: string
  result: 'Passed' | 'Failed'
  /** `short`, `whole`, or `custom` where a variable changed how much was played. */
  form: string
  /** 40 digits. */
  commit: string
  /** What ran was what the commit holds. */
  isClean: boolean
  machine: Machine
  seconds: number
  /** Share of processor time, 0 to 1, that a hypervisor gave to other machines meanwhile. Entries from before it was measured lack it. */
  stolen?: number
  passed: number
  failed: number
  skipped: number
  /** Titles of what failed, with the first line of each reason. */
  failures?: string[]
}

export interface LedgerEntry {
  /** The file, from the root of the checkout. */
  file: string
  last: Shown
  /** The last one at full length that passed; one that skipped tests takes no place of one that skipped fewer. */
  whole?: Shown
}

export interface How {
  at: Date
  form: string
  commit: Commit
  machine: Machine
  stolen: number
}

/** A message without what has no place in a file that everybody reads: numbers of callers, addresses, paths of a machine. */
const withoutPlaces = (message: string) =>
  message
    .replaceAll(/\+?\d{6,}/g, '#')
    .replaceAll(/\d+\.\d+\.\d+\.\d+(:\d+)?/g, 'ADDRESS')
    .replaceAll(/(?:\/[\w.@-]+){2,}/g, 'PATH')
    .slice(0, 300)

/** What a run of a file shows; undefined where nothing of it was played. Pure. */
export function shownBy(
  { failures, ...of }: FileResult,
  { at, commit, machine, stolen, ...how }: How,
): Shown | undefined {
  if (of.passed + failures.length === 0) return undefined
  return {
    at: at.toISOString(),
    result: failures.length > 0 ? 'Failed' : 'Passed',
    form: of.form ?? how.form,
    commit: commit.id,
    isClean: commit.isClean,
    machine,
    seconds: Math.round(of.seconds),
    stolen: Math.round(stolen * 1_000) / 1_000,
    passed: of.passed,
    failed: failures.length,
    skipped: of.skipped,
    ...(failures.length > 0 && {
      failures: failures.map(({ title, message }) => withoutPlaces(`${title}: ${message.split('\n', 1)[0]}`)),
    }),
  }
}

/** The entry after a run. A failure is recorded as a failure; the last success at full length stays. Pure. */
export function entryAfter(before: LedgerEntry | undefined, file: string, last: Shown): LedgerEntry {
  const played = before?.whole
  const isWhole = last.form === 'whole' && last.result === 'Passed' && last.skipped <= (played?.skipped ?? Infinity)
  const whole = isWhole ? last : played
  return { file, last, ...(whole && { whole }) }
}

const pathOf = (file: string, folder: string) => join(folder, `${proofNameOf(file)}.json`)

/** @throws SyntaxError for an entry that is no JSON */
export function readEntry(file: string, folder = FOLDER): LedgerEntry | undefined {
  const path = pathOf(file, folder)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as LedgerEntry) : undefined
}

/** Writes down what became of a file, if anything of it was played. */
export function note(file: string, result: FileResult, how: How, folder = FOLDER): void {
  const shown = shownBy(result, how)
  if (shown === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(pathOf(file, folder), `${JSON.stringify(entryAfter(readEntry(file, folder), file, shown), null, 2)}\n`)
}

/** The sum of the ledger at one commit: what is fresh at one is stale at the next. */
export interface LedgerSum {
  /** 40 digits. */
  commit: string
  at: string
  Fresh: number
  Stale: number
  Failed: number
  NeverShown: number
  /** Names of the proofs that failed last. */
  failed: string[]
  /** Names of those that were shown at full length. */
  whole: string[]
}

export const SUM = join(FOLDER, 'sum.json')

export const readSum = (path = SUM): LedgerSum | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as LedgerSum) : undefined
