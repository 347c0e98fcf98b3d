/** What the ledger says of each proof, for people. Pure. */
import { renderTable } from '../cluster/table.ts'
import type { LedgerEntry } from './ledger.ts'

export interface StatusRow {
  name: string
  entry: LedgerEntry | undefined
  /** Commits since it was shown; undefined: never shown, or the commit is not known. */
  changes: number | undefined
}

/** `Fresh`: it passed, and nothing that it depends on has changed since. `Stale`: it passed, and something has. */
export type Freshness = 'Fresh' | 'Stale' | 'Failed' | 'NeverShown'

export function freshnessOf({ entry, changes }: StatusRow): Freshness {
  if (entry === undefined) return 'NeverShown'
  if (entry.last.result === 'Failed') return 'Failed'
  return changes === 0 && entry.last.isClean ? 'Fresh' : 'Stale'
}

/** How many are fresh, stale, failed and never shown. */
export function countsOf(rows: readonly StatusRow[]): Record<Freshness, number> {
  const counts: Record<Freshness, number> = { Fresh: 0, Stale: 0, Failed: 0, NeverShown: 0 }
  for (const row of rows) counts[freshnessOf(row)]++
  return counts
}

const dayOf = (at: string) => at.slice(0, 10)

export function statusTable(rows: readonly StatusRow[]): string {
  const cells = rows.map((row) => {
    const { name, entry, changes } = row
    const shown = entry === undefined ? 'never' : `${dayOf(entry.last.at)} ${entry.last.commit.slice(0, 7)}`
    const since = entry === undefined ? '' : `${changes ?? 'unknown'}${entry.last.isClean ? '' : ' (not a commit)'}`
    return [name, shown, entry?.last.result ?? '', since, entry?.whole ? dayOf(entry.whole.at) : 'never']
  })
  const { Fresh, Stale, Failed, NeverShown } = countsOf(rows)
  const sum = `${rows.length} proofs: ${Fresh} fresh, ${Stale} stale, ${Failed} failed, ${NeverShown} never shown`
  return `${renderTable(['PROMISE', 'LAST SHOWN', 'RESULT', 'CHANGES SINCE', 'FULL LENGTH'], cells)}\n\n${sum}`
}
