/** `make figures`: from the runs in out/runs to docs/evidence, and from there into the texts. `--stale` lists the figures that are stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { format } from 'prettier'
import { repo } from '../cluster/settings.ts'
import { runsOf, type Evidence } from '../evidence.ts'
import { changesSince, pathsOfSubject } from '../tests/changes.ts'
import { merge, refusalOf } from './keep.ts'
import type { Proof } from './proof.ts'
import { PROOFS } from './proofs.ts'
import { evidenceFolder, pageNow, PAGES, placesNow, readEvidenceFiles } from './evidence-files.ts'
import { PICTURE, pictureAt, pictureNow } from './picture.ts'
import { staleFigures, unproved, type Measured } from './places.ts'

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Evidence

/** Runs that may speak; of those that may not, says why. */
function usable(proof: Proof): Evidence[] {
  const files = (['whole', 'custom'] as const).flatMap((form) => runsOf(proof.name, form))
  return files.flatMap((file) => {
    const run = read(file)
    const refusal = refusalOf(proof, run)
    if (refusal === undefined) return [run]
    console.log(`left out: ${basename(file)} ${refusal}`)
    return []
  })
}

/** What runs have measured, into docs/evidence and from there into the texts. */
async function write(): Promise<void> {
  mkdirSync(evidenceFolder, { recursive: true })
  const before = readEvidenceFiles()
  for (const proof of PROOFS) {
    const runs = usable(proof)
    if (runs.length === 0) continue
    const kept = merge(before.get(proof.name), proof, runs)
    const text = await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 })
    writeFileSync(join(evidenceFolder, `${proof.name}.json`), text)
    console.log(`${proof.name}: ${kept.rounds.length} rounds`)
  }
  for (const page of PAGES) writeFileSync(join(repo, page), await pageNow(page))
  const missing = unproved(placesNow(), readEvidenceFiles())
  for (const line of missing) console.error(line)
  if (missing.length > 0) process.exitCode = 1
}

if (process.argv.includes('--stale')) {
  const since = (commit: string, subject: readonly string[]) => changesSince(commit, pathsOfSubject(subject))
  const files = new Map<string, Measured>([...readEvidenceFiles(), [PICTURE.name, pictureNow()]])
  console.log(staleFigures([...placesNow(), pictureAt()], files, since, [...PROOFS, PICTURE]))
} else await write()
