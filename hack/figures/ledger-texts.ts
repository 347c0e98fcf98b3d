/** What the texts say of proofs: when each was shown, and with what result. Pure. */
import type { LedgerEntry, LedgerSum } from '../tests/ledger.ts'
import { proofNameOf } from '../tests/proof-name.ts'

export interface Ledger {
  sum: LedgerSum | undefined
  entries: readonly LedgerEntry[]
}

export const NO_LEDGER: Ledger = { sum: undefined, entries: [] }

const day = (at: string) => at.slice(0, 10)
const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

/** How many are fresh, stale, failed and never shown, at which commit, and which failed. */
export function sentenceOf({ sum }: Ledger): string {
  if (sum === undefined) return 'No proof has been recorded yet.'
  const { Fresh, Stale, Failed, NeverShown, failed, whole } = sum
  const counts = `${Fresh} fresh, ${Stale} stale, ${Failed} failed, ${NeverShown} never shown`
  const all = Fresh + Stale + Failed + NeverShown
  const names = failed.length > 0 ? ` Failed last: ${list(failed)}.` : ''
  return `Of ${all} proofs, at commit \`${sum.commit.slice(0, 7)}\`: ${counts}; ${whole.length} at full length.${names}`
}

/** One row for each proof that was shown. */
export function tableOf({ entries }: Ledger): string {
  const head = ['Proof', 'Last shown', 'Form', 'Result', 'Seconds', 'At full length']
  const rows = entries.map(({ file, last, whole }) => [
    `\`${proofNameOf(file)}\``,
    `${day(last.at)}, \`${last.commit.slice(0, 7)}\`${last.isClean ? '' : ' and changes'}`,
    last.form,
    last.result === 'Passed'
      ? `passed (${last.passed}${last.skipped > 0 ? `, ${last.skipped} skipped` : ''})`
      : `**failed** (${last.failed} of ${last.passed + last.failed})`,
    `${last.seconds}`,
    whole === undefined ? 'never' : day(whole.at),
  ])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
