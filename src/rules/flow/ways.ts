/** The ways of a conversation flow, one by one, for what asks whether a test notices when one of them is lost. Pure. */
import type { Flow, FlowStep } from './flow.ts'
import { type Edge, edgesOf } from './step-graph.ts'

/** From a step to the next, by the field that names it. */
export type Way = Pick<Edge, 'from' | 'field' | 'to'>

export const waysOf = (flow: Flow): Way[] => flow.steps.flatMap(edgesOf)

/** The flow with this way led to a step that ends the call without a word. */
export function withoutWay(flow: Flow, { from, field }: Way): Flow {
  const end = unusedName(flow)
  const steps = flow.steps.map((step) => (step.name === from ? withField(step, field.match(/\w+/g)!, end) : step))
  return { ...flow, steps: [...steps, { name: end, hangUp: {} }] }
}

function unusedName({ steps }: Flow): string {
  const names = new Set(steps.map(({ name }) => name))
  for (let count = 0; ; count++) if (!names.has(`end-${count}`)) return `end-${count}`
}

/** A copy in which the field has another value. */
function withField(step: FlowStep, keys: readonly string[], value: string): FlowStep {
  const copy = structuredClone(step)
  const holder = keys.slice(0, -1).reduce((part, key) => part[key] as Record<string, unknown>, copy as Parts)
  holder[keys.at(-1)!] = value
  return copy
}

type Parts = Record<string, unknown>
