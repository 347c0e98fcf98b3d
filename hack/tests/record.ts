/** out/tests.json: what the last `make test` played, also when it failed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { repo } from '../cluster/settings.ts'
import { commitOf, machine, type Machine } from '../evidence.ts'
import type { Summary } from './summary.ts'

const PATH = join(repo, 'out', 'tests.json')

export interface TestsRecord {
  at: string
  /** 40 digits. */
  commit: string
  /** What ran was what the commit holds. */
  isClean: boolean
  seconds: number
  passed: number
  failed: number
  skipped: number
  /** Files that passed only at the second try. */
  flaky: readonly string[]
  machine: Machine & { stolen: string }
  /** Why it ended early. */
  stopped?: string
  files: Record<string, { seconds: number; passed: number; failed: number; skipped: number }>
}

/** Read when the run begins: until it ends, somebody may have committed something else. */
const commit = commitOf(repo)

export interface Run {
  seconds: number
  /** A line about the machine: what a hypervisor gave to others. */
  machine: string
  flaky: readonly string[]
  stopped?: string | undefined
}

/** Writes it. @returns what was written */
export function writeTestsRecord(
  summary: Summary,
  { seconds, machine: line, flaky, stopped }: Run,
  path = PATH,
): TestsRecord {
  const files = Object.fromEntries(
    Object.entries(summary).map(([file, { failures, ...of }]) => [
      file,
      { seconds: Math.round(of.seconds * 10) / 10, passed: of.passed, failed: failures.length, skipped: of.skipped },
    ]),
  )
  const sum = (count: (of: TestsRecord['files'][string]) => number) =>
    Object.values(files).reduce((total, of) => total + count(of), 0)
  const record: TestsRecord = {
    at: new Date().toISOString(),
    commit: commit.id,
    isClean: commit.isClean,
    seconds: Math.round(seconds),
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    flaky,
    machine: { ...machine(), stolen: line },
    ...(stopped !== undefined && { stopped }),
    files,
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/** That of the last run; undefined: none, or not of this form. */
export function lastTestsRecord(path = PATH): TestsRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as Partial<TestsRecord>
    return record.files === undefined ? undefined : (record as TestsRecord)
  } catch {
    return undefined
  }
}

/** Files in which something failed, at the first try or at the second. */
export const failedLast = (last: TestsRecord | undefined): string[] => [
  ...(last?.flaky ?? []),
  ...Object.entries(last?.files ?? {}).flatMap(([file, { failed }]) => (failed > 0 ? [file] : [])),
]
