import type { Branch, FlowStep, Flow } from './flow.ts'
import { startOf } from './flow.ts'

/** A way from one step to the next. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** The field that names the step, below the step that it stands in: ask.noMatch.next. */
  readonly field: string
  readonly when: When
}

/** What happens on a way. */
export type When =
  /** Nothing that matters to the check. */
  | { readonly kind: 'Always' }
  | { readonly kind: 'Answered' | 'NoInput' | 'NoMatch'; readonly collects: string }
  /** Undefined: any outcome without an entry of its own. */
  | { readonly kind: 'Outcome'; readonly outcome: string | undefined }
  | { readonly kind: 'Branch'; readonly branch: Branch }
  | { readonly kind: 'Otherwise'; readonly branches: readonly Branch[] }
  | { readonly kind: 'Exit' }

const ALWAYS: When = { kind: 'Always' }

/** Every way that leads on from a step. What is left out of the flow leads to the emergency number and is no way here. */
export function edgesOf(step: FlowStep): Edge[] {
  const { name: from, say, ask, request, choose, transfer, llm, next } = step
  const edge = (to: string | undefined, field: string, when: When = ALWAYS): Edge[] =>
    to === undefined ? [] : [{ from, to, field, when }]
  if (say !== undefined) return edge(next, 'next')
  if (ask !== undefined) {
    const collects = ask.field
    return [
      ...edge(next, 'next', { kind: 'Answered', collects }),
      ...edge(ask.noInput?.next, 'ask.noInput.next', { kind: 'NoInput', collects }),
      ...edge(ask.noMatch?.next, 'ask.noMatch.next', { kind: 'NoMatch', collects }),
    ]
  }
  if (request !== undefined) {
    const named = request.outcomes.flatMap(({ outcome, next: to }, index) =>
      edge(to, `request.outcomes[${index}].next`, { kind: 'Outcome', outcome }),
    )
    return [...named, ...edge(next, 'next', { kind: 'Outcome', outcome: undefined })]
  }
  if (choose !== undefined) {
    const { branches, otherwise } = choose
    const taken = branches.flatMap((branch, index) =>
      edge(branch.next, `choose.branches[${index}].next`, { kind: 'Branch', branch }),
    )
    return [...taken, ...edge(otherwise, 'choose.otherwise', { kind: 'Otherwise', branches })]
  }
  if (transfer !== undefined) return edge(transfer.unanswered, 'transfer.unanswered')
  if (llm === undefined) return []
  return [
    ...llm.exits.flatMap(({ next: to }, index) => edge(to, `llm.exits[${index}].next`, { kind: 'Exit' })),
    ...edge(llm.atLimit, 'llm.atLimit'),
  ]
}

/** Every step that a call can come to. */
export function reachable(flow: Flow): Set<string> {
  const ways = new Map(flow.steps.map((step) => [step.name, edgesOf(step)]))
  const seen = new Set<string>()
  const open = [startOf(flow)]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(ways.get(name) ?? []).map(({ to }) => to))
  }
  return seen
}

/** Every step from which one of `goals` can be reached along the edges. */
export function leadingTo(goals: readonly string[], edges: readonly Edge[]): Set<string> {
  const seen = new Set(goals)
  for (let grown = true; grown;) {
    const before = seen.size
    for (const { from, to } of edges) if (seen.has(to)) seen.add(from)
    grown = seen.size > before
  }
  return seen
}

/** A way round along the edges, as the steps on it in order; undefined when there is none. */
export function findLoop(edges: readonly Edge[]): string[] | undefined {
  const ways = Map.groupBy(edges, ({ from }) => from)
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return trail.slice(trail.indexOf(name))
    if (done.has(name)) return undefined
    for (const { to } of ways.get(name) ?? []) {
      const loop = visit(to, [...trail, name])
      if (loop !== undefined) return loop
    }
    done.add(name)
    return undefined
  }
  for (const name of ways.keys()) {
    const loop = visit(name, [])
    if (loop !== undefined) return loop
  }
  return undefined
}
