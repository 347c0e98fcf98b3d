/** Figures of demos, benches and proofs: a table for people, out/NAME.json and out/runs for programs. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { repo } from './cluster/settings.ts'
import { renderTable } from './cluster/table.ts'
import { formOfRun, type Form } from './form.ts'

const SYSTEM = '/etc/os-release'

/** What a figure was measured on: without it nobody can compare. Nothing in it says whose machine it is. */
export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  system: existsSync(SYSTEM) ? (/^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync(SYSTEM, 'utf8'))?.[1] ?? '') : '',
  node: process.version,
})
export type Machine = ReturnType<typeof machine>

export interface Commit {
  /** 40 digits, or `unknown` outside of a checkout. */
  id: string
  /** What ran was what the commit holds. Texts don't run: writing figures into the docs makes no tree unclean. */
  isClean: boolean
}

export interface Evidence {
  name: string
  at: string
  form: Form
  commit: Commit
  machine: Machine
}

export function commitOf(folder: string): Commit {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const changed = git('status', '--porcelain', '--', '.', ':(exclude)docs', ':(exclude,glob)**/*.md')
    return { id: git('rev-parse', 'HEAD'), isClean: changed === '' }
  } catch {
    return { id: 'unknown', isClean: false }
  }
}

/** Read when the run begins: until it ends, somebody may have committed something else. */
const commit = commitOf(repo)

/** So many runs of each form of a proof are kept. */
const MOST_RUNS = 20

/**
 * Writes out/NAME.json, the latest run, and the same into out/runs, where older ones stay (the folders are not in git).
 * @returns the path of the first
 */
export function writeEvidence(
  name: string,
  figures: object,
  { form = formOfRun(), out = join(repo, 'out') }: { form?: Form; out?: string } = {},
): string {
  const runs = join(out, 'runs')
  mkdirSync(runs, { recursive: true })
  const whole: Evidence = { name, at: new Date().toISOString(), form, commit, machine: machine(), ...figures }
  const run = join(runs, `${name}-${form}-${whole.at.replaceAll(':', '')}.json`)
  writeFileSync(run, `${JSON.stringify(whole, null, 2)}\n`)
  for (const old of runsOf(name, form, out).slice(0, -MOST_RUNS)) rmSync(old)
  const latest = join(out, `${name}.json`)
  copyFileSync(run, latest)
  return latest
}

/** Files of the runs that are kept, the oldest first. */
export function runsOf(name: string, form: Form, out = join(repo, 'out')): string[] {
  const folder = join(out, 'runs')
  if (!existsSync(folder)) return []
  const prefix = `${name}-${form}-`
  const isRun = (file: string) =>
    file.startsWith(prefix) && /^\d{4}-\d\d-\d\dT[\d.]+Z\.json$/.test(file.slice(prefix.length))
  return readdirSync(folder)
    .filter(isRun)
    .toSorted()
    .map((file) => join(folder, file))
}

/** Those of several runs, as rows for people. */
export const figureRows = (runs: Readonly<Record<string, Readonly<Record<string, number>>>>) =>
  Object.entries(runs).flatMap(([run, measured]) =>
    Object.entries(measured).map(([what, value]) => [`${run}: ${what}`, String(value)] as const),
  )

/** The same figures for people. */
export function printFigures(title: string, rows: readonly (readonly [what: string, value: string])[]): void {
  console.log(`\n${title}\n${renderTable(['WHAT', 'MEASURED'], rows)}\n`)
}
