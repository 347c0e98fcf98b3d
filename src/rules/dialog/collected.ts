import {
  type Check,
  didYouMean,
  type DialogFacts,
  each,
  error,
  oneOf,
  stepPath,
  together,
  warning,
  type Findings,
} from './facts.ts'
import { type DialogStep, fieldsIn, type Flow, startOf } from './flow.ts'
import { type Edge, edgesOf, type When } from './graph.ts'

/** What the steps speak, compare and hand over was collected before. Expects `checkNames` to have found nothing. */
export const checkCollected: Check = (flow, facts) => {
  const some = collectedAnywhere(flow, facts)
  const always = collectedBefore(flow, facts)
  return each(flow.steps, (step, index) => usesOf(step).map((use) => judge(use, index)))

  function judge({ field, path, need }: Use, index: number): Findings {
    const at = `${stepPath(facts, index)}.${path}`
    if (!some.names.has(field)) {
      // An operation that is not known may bring any value.
      if (some.isOpen) return together([])
      const names = [...some.names]
      return error(
        at,
        `no step collects ${field}.${didYouMean(field, names)} Name one of the collected values (${oneOf(names)}), or ask for it`,
      )
    }
    const step = flow.steps[index]!
    if (need !== 'Spoken' || always.get(step.name)?.has(field) !== false || some.isOpen) return together([])
    return warning(
      at,
      `on some ways ${field} is not collected yet when it is spoken, and nothing is said in its place: ask for it before, or ` +
        'branch on Exists',
    )
  }
}

interface Use {
  readonly field: string
  readonly path: string
  readonly need: 'Spoken' | 'Optional'
}

/** Every place where a step uses a collected value. */
function usesOf({ say, ask, call, choose, transfer, hangUp }: DialogStep): Use[] {
  const spoken = (path: string, text: string | undefined): Use[] =>
    fieldsIn(text ?? '').map((field) => ({ field, path, need: 'Spoken' as const }))
  return [
    ...spoken('say.text', say?.text),
    ...spoken('ask.text', ask?.text),
    ...(ask?.reprompts ?? []).flatMap((text, index) => spoken(`ask.reprompts[${index}]`, text)),
    ...spoken('ask.noInput.say', ask?.noInput?.say),
    ...spoken('ask.noMatch.say', ask?.noMatch?.say),
    ...spoken('call.holdText', call?.holdText),
    ...(call?.input ?? []).flatMap(({ value }, index) =>
      fieldsIn(value).map((field) => ({ field, path: `call.input[${index}].value`, need: 'Optional' as const })),
    ),
    ...(choose?.branches ?? []).map(({ field }, index) => ({
      field,
      path: `choose.branches[${index}].field`,
      need: 'Optional' as const,
    })),
    ...spoken('transfer.say', transfer?.say),
    ...(transfer?.handOver ?? []).map((field) => ({ field, path: 'transfer.handOver', need: 'Optional' as const })),
    ...spoken('hangUp.say', hangUp?.say),
  ]
}

/** The values that an operation brings; undefined when the operation is not known. */
function outputsOf({ call }: DialogStep, { integrations }: DialogFacts): string[] | undefined {
  if (call === undefined) return []
  const operation = integrations.get(call.integration)?.http?.operations.find(({ name }) => name === call.operation)
  return operation?.output.map(({ name }) => name)
}

/** Every name under which something is collected. `isOpen`: an operation that is not known may add to it. */
export function collectedAnywhere(flow: Flow, facts: DialogFacts): { names: Set<string>; isOpen: boolean } {
  const outputs = flow.steps.map((step) => outputsOf(step, facts))
  const own = flow.steps.flatMap(({ ask, llm }) => [
    ...(ask === undefined ? [] : [ask.field]),
    ...(llm?.collects ?? []).map(({ field }) => field),
  ])
  return {
    names: new Set([...own, ...outputs.flatMap((names) => names ?? [])]),
    isOpen: outputs.includes(undefined),
  }
}

/**
 * What is surely collected when a step begins, whatever way led there: the greatest sets that agree with every edge,
 * found by taking away until nothing changes.
 */
function collectedBefore(flow: Flow, facts: DialogFacts): Map<string, Set<string>> {
  const all = collectedAnywhere(flow, facts).names
  const steps = new Map(flow.steps.map((step) => [step.name, step]))
  const start = startOf(flow)
  const before = new Map(flow.steps.map(({ name }) => [name, name === start ? new Set<string>() : new Set(all)]))
  const edges = flow.steps.flatMap(edgesOf)
  for (let changed = true; changed;) {
    changed = false
    for (const edge of edges) {
      const after = afterEdge(edge, before.get(edge.from)!, steps.get(edge.from)!, facts)
      const target = before.get(edge.to)!
      for (const field of [...target]) if (!after.has(field)) changed = target.delete(field) || changed
    }
  }
  return before
}

function afterEdge({ when }: Edge, before: ReadonlySet<string>, step: DialogStep, facts: DialogFacts): Set<string> {
  const gained = gains(when, step, facts)
  const after = new Set([...before, ...gained])
  if (when.kind === 'NoInput' || when.kind === 'NoMatch') after.delete(when.collects)
  return after
}

function gains(when: When, step: DialogStep, facts: DialogFacts): readonly string[] {
  switch (when.kind) {
    case 'Answered':
      return [when.collects]
    case 'Outcome': {
      const takesFailure = step.call?.outcomes.some(({ outcome }) => outcome === 'Failed') === false
      const isFailure = when.outcome === 'Failed' || (when.outcome === undefined && takesFailure)
      return isFailure ? [] : (outputsOf(step, facts) ?? [])
    }
    case 'Branch':
      return ['In', 'Exists', 'Below', 'Above'].includes(when.branch.operator) ? [when.branch.field] : []
    case 'Otherwise':
      // No branch was true, so what was asked for its absence is there.
      return when.branches.filter(({ operator }) => operator === 'Absent').map(({ field }) => field)
    case 'Exit':
      return (step.llm?.collects ?? []).map(({ field }) => field)
    default:
      return []
  }
}
