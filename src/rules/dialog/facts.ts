import type { CallbotSpec } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import type { Problem } from '../../api/parse.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { Flow } from './flow.ts'

/** What a dialog is checked against. */
export interface DialogFacts {
  /** Where the flow stands, for the messages: spec.dialog.inline. */
  readonly path: string
  readonly bot: Pick<CallbotSpec, 'integrationRefs' | 'fallback' | 'tests'> &
    Partial<Pick<CallbotSpec, 'llm' | 'numbers' | 'turnTaking' | 'retentionPolicyRef' | 'placement'>>
  /** By name; what is not there is not known, and so not checked. */
  readonly integrations: ReadonlyMap<string, Integration['spec'] | undefined>
  /** Undefined: none is named, so nothing is kept. Unknown: one is named, and it isn't there. */
  readonly policy: RetentionPolicy['spec'] | undefined | 'unknown'
}

/** What is wrong, and what is legal but unwise. Each names the field and the cure. */
export interface Findings {
  readonly errors: Problem[]
  readonly warnings: Problem[]
}

/** One part of the check. */
export type Check = (flow: Flow, facts: DialogFacts) => Findings

export const error = (path: string, message: string): Findings => ({ errors: [{ path, message }], warnings: [] })
export const warning = (path: string, message: string): Findings => ({ errors: [], warnings: [{ path, message }] })

export const together = (findings: readonly Findings[]): Findings => ({
  errors: findings.flatMap(({ errors }) => errors),
  warnings: findings.flatMap(({ warnings }) => warnings),
})

/** One finding for each item that has one. */
export const each = <T>(items: readonly T[], look: (item: T, index: number) => readonly Findings[]): Findings =>
  together(items.flatMap((item, index) => look(item, index)))

/** The path of a step in messages. */
export const stepPath = ({ path }: DialogFacts, index: number): string => `${path}.steps[${index}]`

/** "a, b or c", at most a few. */
export function oneOf(names: readonly string[]): string {
  const few = names.slice(0, 5)
  if (few.length === 0) return 'none'
  return few.length === 1 ? few[0]! : `${few.slice(0, -1).join(', ')} or ${few.at(-1)}`
}

/** " Did you mean x?" when a name differs by a slip of the fingers; empty otherwise. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const near = names.find((name) => slips(wrong, name) <= (wrong.length > 5 ? 2 : 1))
  return near === undefined ? '' : ` Did you mean ${near}?`
}

/** Letters to change, add, leave out, or exchange with their neighbour (optimal string alignment distance). */
function slips(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? rows[i - 2]![j - 2]! + 1 : Infinity
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, changed, swapped))
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
