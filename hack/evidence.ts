/** Figures of demos, benches and proofs: a table for people, out/NAME.json for programs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { repo } from './cluster/settings.ts'
import { renderTable } from './cluster/table.ts'

/** What a figure was measured on: without it nobody can compare. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
})

/** Writes out/NAME.json (the folder is not in git) and returns its path. */
export function writeEvidence(name: string, figures: object): string {
  const path = join(repo, 'out', `${name}.json`)
  mkdirSync(join(repo, 'out'), { recursive: true })
  const whole = { name, at: new Date().toISOString(), machine: machine(), ...figures }
  writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`)
  return path
}

/** The same figures for people. */
export function printFigures(title: string, rows: readonly (readonly [what: string, value: string])[]): void {
  console.log(`\n${title}\n${renderTable(['WHAT', 'MEASURED'], rows)}\n`)
}
