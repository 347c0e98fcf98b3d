import type { CallbotSpec } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import type { Problem } from '../../api/parse.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { Flow } from './flow.ts'

/** What a dialog is checked against. */
export interface FlowContext {
  /** Where the flow stands, for the messages: spec.dialog.inline. */
  readonly path: string
  readonly bot: Pick<CallbotSpec, 'integrationRefs' | 'fallback' | 'tests'> &
    Partial<Pick<CallbotSpec, 'llm' | 'numbers' | 'turnTaking' | 'retentionPolicyRef' | 'placement'>>
  /** By name; what is not there is not known, and so not checked. */
  readonly integrations: ReadonlyMap<string, Integration['spec'] | undefined>
  /** Undefined: none is named, so nothing is kept. Unknown: one is named, and it isn't there. */
  readonly policy: RetentionPolicy['spec'] | undefined | 'unknown'
  /** placement.regions of the chart. Absent: not known, as outside of a cluster. */
  readonly regions?: readonly string[]
}

/** What is wrong, and what is legal but unwise. Each names the field and the cure. */
export interface Findings {
  readonly errors: Problem[]
  readonly warnings: Problem[]
}

/** One part of the check. */
export type Check = (flow: Flow, facts: FlowContext) => Findings

export const error = (path: string, message: string): Findings => ({ errors: [{ path, message }], warnings: [] })
export const warning = (path: string, message: string): Findings => ({ errors: [], warnings: [{ path, message }] })

export const mergeFindings = (findings: readonly Findings[]): Findings => ({
  errors: findings.flatMap(({ errors }) => errors),
  warnings: findings.flatMap(({ warnings }) => warnings),
})

/** A dialog with so many faults is refused whatever else is in it, and nobody is shown more. */
const MOST_ERRORS = 20
/** More of them than anybody is shown. */
const MOST_WARNINGS = 100

/**
 * What is found in the items, in order. It stops at `MOST_ERRORS`: a dialog may have a hundred thousand faults, and the time
 * that it takes to word them would be the author's to choose.
 */
export function each<T>(items: Iterable<T>, look: (item: T, index: number) => readonly Findings[]): Findings {
  const found: Findings = { errors: [], warnings: [] }
  let index = 0
  for (const item of items) {
    if (found.errors.length >= MOST_ERRORS) break
    for (const { errors, warnings } of look(item, index++)) {
      found.errors.push(...errors)
      if (found.warnings.length < MOST_WARNINGS) found.warnings.push(...warnings)
    }
  }
  return found
}

/** The path of a step in messages. */
export const stepPath = ({ path }: FlowContext, index: number): string => `${path}.steps[${index}]`

/** "a, b or c", at most a few. */
export function oneOf(names: readonly string[]): string {
  const few = names.slice(0, 5)
  if (few.length === 0) return 'none'
  return few.length === 1 ? few[0]! : `${few.slice(0, -1).join(', ')} or ${few.at(-1)}`
}

/** A dialog may have some thousand names, and as many wrong ones. */
const MOST_COMPARED = 200

/** " Did you mean x?" when a name differs by a slip of the fingers; empty otherwise. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const most = wrong.length > 5 ? 2 : 1
  const near = names.slice(0, MOST_COMPARED).find((name) => editDistance(wrong, name, most) <= most)
  return near === undefined ? '' : ` Did you mean ${near}?`
}

/**
 * Letters to change, add, leave out, or exchange with their neighbour (optimal string alignment distance), as long as they are
 * no more than `most`. Only cells that so few slips can reach are looked at (Ukkonen).
 */
function editDistance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return Infinity
  const [a, b] = withoutCommonEnds(one, other)
  const reach = (row: number) => [Math.max(0, row - most), Math.min(b.length, row + most)] as const
  const cell = (row: readonly number[], at: number) => row[at] ?? Infinity
  let older: number[] = []
  let before: number[] = Array.from({ length: reach(0)[1] + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const [from, to] = reach(i)
    const row: number[] = []
    let least = Infinity
    for (let j = from; j <= to; j++) {
      const changed = cell(before, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? cell(older, j - 2) + 1 : Infinity
      row[j] = Math.min(cell(before, j) + 1, cell(row, j - 1) + 1, changed, swapped)
      least = Math.min(least, row[j]!)
    }
    // One row more, for two letters that are exchanged step over one.
    if (least > most && before.every((each) => each > most)) return Infinity
    ;[older, before] = [before, row]
  }
  return cell(before, b.length)
}

/** What names begin and end with alike costs nothing, and most of a long name may be that. */
function withoutCommonEnds(a: string, b: string): [string, string] {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)]
}
