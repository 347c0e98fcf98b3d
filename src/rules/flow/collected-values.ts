import {
  type Check,
  didYouMean,
  type FlowContext,
  each,
  error,
  oneOf,
  stepPath,
  mergeFindings,
  warning,
  type Findings,
} from './findings.ts'
import { type FlowStep, fieldsIn, type Flow, startOf } from './flow.ts'
import { edgesOf, type When } from './step-graph.ts'

/** What the steps speak, compare and hand over was collected before. Expects `checkNames` to have found nothing. */
export const checkCollected: Check = (flow, facts) => {
  const some = collectedAnywhere(flow, facts)
  const names = [...some.names]
  const always = collectedBefore(flow, facts, some.names)
  return each(flow.steps, (step, index) => [each(usesOf(step), (use) => [judge(use, index)])])

  function judge({ field, path, need }: Use, index: number): Findings {
    const at = `${stepPath(facts, index)}.${path}`
    if (!some.names.has(field)) {
      // An operation that is not known may bring any value.
      if (some.isOpen) return mergeFindings([])
      return error(
        at,
        `no step collects ${field}.${didYouMean(field, names)} Name one of the collected values (${oneOf(names)}), or ask for it`,
      )
    }
    const step = flow.steps[index]!
    if (need !== 'Spoken' || always(step.name, field) || some.isOpen) return mergeFindings([])
    return warning(
      at,
      `on some paths ${field} is not collected yet when it is spoken, and nothing is said in its place: ask for it before, or ` +
        'branch on Exists',
    )
  }
}

interface Use {
  readonly field: string
  readonly path: string
  readonly need: 'Spoken' | 'Compared' | 'Sent' | 'HandedOver'
}

/** Every place where a step uses a collected value. */
export function usesOf({ say, ask, request, choose, transfer, hangUp }: FlowStep): Use[] {
  const spoken = (path: string, text: string | undefined): Use[] =>
    [...new Set(fieldsIn(text ?? ''))].map((field) => ({ field, path, need: 'Spoken' as const }))
  return [
    ...spoken('say.text', say?.text),
    ...spoken('ask.text', ask?.text),
    ...(ask?.reprompts ?? []).flatMap((text, index) => spoken(`ask.reprompts[${index}]`, text)),
    ...spoken('ask.noInput.say', ask?.noInput?.say),
    ...spoken('ask.noMatch.say', ask?.noMatch?.say),
    ...spoken('request.holdText', request?.holdText),
    ...(request?.input ?? []).flatMap(({ value }, index) =>
      [...new Set(fieldsIn(value))].map((field) => ({
        field,
        path: `request.input[${index}].value`,
        need: 'Sent' as const,
      })),
    ),
    ...(choose?.branches ?? []).map(({ field }, index) => ({
      field,
      path: `choose.branches[${index}].field`,
      need: 'Compared' as const,
    })),
    ...spoken('transfer.say', transfer?.say),
    ...(transfer?.handOver ?? []).map((field) => ({ field, path: 'transfer.handOver', need: 'HandedOver' as const })),
    ...spoken('hangUp.say', hangUp?.say),
  ]
}

/** The values that an operation brings; undefined when the operation is not known. */
function outputsOf({ request }: FlowStep, { integrations }: FlowContext): string[] | undefined {
  if (request === undefined) return []
  const operation = integrations
    .get(request.integration)
    ?.http?.operations.find(({ name }) => name === request.operation)
  return operation?.output.map(({ name }) => name)
}

/** Every name under which something is collected. `isOpen`: an operation that is not known may add to it. */
export function collectedAnywhere(flow: Flow, facts: FlowContext): { names: Set<string>; isOpen: boolean } {
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
 * Whether a value is surely collected when a step begins, whatever way led there: the greatest sets that agree with every edge,
 * found by taking away until nothing changes. That is after one round for each step at most, each in time linear in edges x values.
 */
function collectedBefore(
  flow: Flow,
  facts: FlowContext,
  names: ReadonlySet<string>,
): (step: string, field: string) => boolean {
  const bits = new Bits(names)
  const steps = new Map(flow.steps.map((step) => [step.name, step]))
  const start = startOf(flow)
  const before = new Map(flow.steps.map(({ name }) => [name, name === start ? bits.of([]) : bits.of(names)]))
  const edges = flow.steps.flatMap(edgesOf).map(({ from, to, when }) => ({
    from: before.get(from)!,
    to: before.get(to)!,
    gained: bits.of(gains(when, steps.get(from)!, facts)),
    lost: bits.of(when.kind === 'NoInput' || when.kind === 'NoMatch' ? [when.collects] : []),
  }))
  for (let changed = new Set(before.values()); changed.size > 0;) {
    const last = changed
    changed = new Set()
    for (const edge of edges) if (last.has(edge.from) && takeAway(edge)) changed.add(edge.to)
  }
  return (step, field) => bits.has(before.get(step)!, field)
}

/** Takes from the set of a step what this way there does not bring. True when something was taken. */
function takeAway(edge: { from: Int32Array; to: Int32Array; gained: Int32Array; lost: Int32Array }): boolean {
  const { from, to, gained, lost } = edge
  let isChanged = false
  for (let at = 0; at < to.length; at++) {
    const left = to[at]! & (from[at]! | gained[at]!) & ~lost[at]!
    if (left !== to[at]) isChanged = true
    to[at] = left
  }
  return isChanged
}

/** Sets of some names, a bit for each. */
class Bits {
  private readonly places: ReadonlyMap<string, number>

  constructor(names: Iterable<string>) {
    this.places = new Map([...names].map((name, place) => [name, place]))
  }

  of(names: Iterable<string>): Int32Array {
    const set = new Int32Array(Math.ceil(this.places.size / 32))
    for (const name of names) {
      const place = this.places.get(name)
      if (place !== undefined) set[place >> 5]! |= 1 << (place & 31)
    }
    return set
  }

  has(set: Int32Array, name: string): boolean {
    const place = this.places.get(name)
    return place !== undefined && (set[place >> 5]! & (1 << (place & 31))) !== 0
  }
}

function gains(when: When, step: FlowStep, facts: FlowContext): readonly string[] {
  switch (when.kind) {
    case 'Answered':
      return [when.collects]
    case 'Outcome': {
      const takesFailure = step.request?.outcomes.some(({ outcome }) => outcome === 'Failed') === false
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
