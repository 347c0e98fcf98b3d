/** docs/evidence, and the pages that quote it. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { repo } from '../cluster/settings.ts'
import { readSum, SUM, type LedgerEntry } from '../tests/ledger.ts'
import type { Ledger } from './ledger-texts.ts'
import { withFigures } from './pages.ts'
import { placesOf, type Place } from './places.ts'
import { PROOFS } from './proofs.ts'
import type { Kept } from './proof.ts'
import type { EvidenceFiles } from './sections.ts'

export const evidenceFolder = join(repo, 'docs', 'evidence')

/** Whatever quotes figures. */
export const PAGES = ['docs/benchmarks.md', 'docs/guides/speech.md', 'README.md'] as const

/** What docs/evidence holds, by name. */
export function readEvidenceFiles(): EvidenceFiles {
  if (!existsSync(evidenceFolder)) return new Map()
  const files = readdirSync(evidenceFolder).filter((file) => file.endsWith('.json'))
  const read = (file: string) => JSON.parse(readFileSync(join(evidenceFolder, file), 'utf8')) as Kept
  return new Map(files.map((file) => [basename(file, '.json'), read(file)]))
}

/** docs/evidence/ledger, in the order of its names. */
export function readLedger(folder = join(evidenceFolder, 'ledger')): Ledger {
  const files = globSync('*.json', { cwd: folder }).filter((file) => file !== basename(SUM))
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as LedgerEntry
  return { sum: readSum(), entries: files.sort().map(read) }
}

/** Every line of the pages that shows a figure. */
export const placesNow = (): Place[] => PAGES.flatMap((page) => placesOf(page, readFileSync(join(repo, page), 'utf8')))

/** A page as docs/evidence wants it. */
export async function pageNow(page: (typeof PAGES)[number], files = readEvidenceFiles()): Promise<string> {
  const file = join(repo, page)
  const config = await resolveConfig(file)
  return format(withFigures(readFileSync(file, 'utf8'), files, PROOFS, readLedger()), { ...config, parser: 'markdown' })
}
