/** docs/evidence, and the pages that quote it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { repo } from '../cluster/settings.ts'
import { withFigures } from './pages.ts'
import type { Kept } from './proof.ts'
import type { EvidenceFiles } from './sections.ts'

export const evidenceFolder = join(repo, 'docs', 'evidence')

/** Whatever quotes figures. */
export const PAGES = ['docs/benchmarks.md', 'README.md'] as const

/** What docs/evidence holds, by name. */
export function readEvidenceFiles(): EvidenceFiles {
  if (!existsSync(evidenceFolder)) return new Map()
  const files = readdirSync(evidenceFolder).filter((file) => file.endsWith('.json'))
  const read = (file: string) => JSON.parse(readFileSync(join(evidenceFolder, file), 'utf8')) as Kept
  return new Map(files.map((file) => [basename(file, '.json'), read(file)]))
}

/** A page as docs/evidence wants it. */
export async function pageNow(page: (typeof PAGES)[number], files = readEvidenceFiles()): Promise<string> {
  const file = join(repo, page)
  const config = await resolveConfig(file)
  return format(withFigures(readFileSync(file, 'utf8'), files), { ...config, parser: 'markdown' })
}
