/** What is said of records that were verified. Pure. */
import type { Finding } from '../rules/drill/chain.ts'
import type { Chain } from './bundle.ts'

/** What signatures and digests can't show, for whoever reads the result. */
const NOT_SHOWN =
  'Not shown: that the key was used by the operator alone. Whoever can read the Secret callbot-evidence-key can sign other records; keep digests of the newest records elsewhere.'

/** Lines about one Integration: what was verified, or each record that is wrong, with its name. */
export function linesOf({ integration, records, head }: Chain, findings: readonly Finding[]): string[] {
  const count = `${records.length} ${records.length === 1 ? 'record' : 'records'}`
  const end = head === undefined ? '; no Integration says which is the newest' : ''
  if (findings.length === 0) return [`${integration}: ${count}, all verified${end}`]
  return [
    `${integration}: ${count}, ${findings.length} ${findings.length === 1 ? 'fault' : 'faults'}${end}`,
    ...findings.map(
      ({ position, fault: kind, because }) => `  ${records[position - 1]?.name ?? 'at the end'}: ${kind}: ${because}`,
    ),
  ]
}

export const closing = (): string => NOT_SHOWN
