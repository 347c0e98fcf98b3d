import { type Check, didYouMean, each, error, type Findings, oneOf, stepPath, mergeFindings } from './findings.ts'
import type { FlowStep, Flow } from './flow.ts'
import { type Edge, edgesOf, findLoop, leadingTo, reachable } from './step-graph.ts'

/** Names: every step that is named exists. */
export const checkNames: Check = (flow, facts) => {
  const names = flow.steps.map(({ name }) => name)
  return each(flow.steps, (step, index) =>
    edgesOf(step)
      .filter(({ to }) => !names.includes(to))
      .map(({ to, field }) =>
        error(
          `${stepPath(facts, index)}.${field}`,
          `there is no step ${to}.${didYouMean(to, names)} Name one of the steps, or add the missing one`,
        ),
      ),
  )
}

/** Every step is reached, comes to an end, and no way never ends. Expects `checkNames` to have found nothing. */
export const checkShape: Check = (flow, facts) =>
  mergeFindings([checkReachable(flow, facts), checkEnds(flow, facts), checkLoops(flow, facts)])

const checkReachable: Check = (flow, facts) => {
  const seen = reachable(flow)
  return each(flow.steps, ({ name }, index) =>
    seen.has(name)
      ? []
      : [error(stepPath(facts, index), `no step leads to ${name}: name it in a next, make it the start, or remove it`)],
  )
}

const isEnd = ({ hangUp, transfer }: FlowStep) => hangUp !== undefined || transfer !== undefined

/** A caller who answers well must be able to come to a hangUp or a transfer. */
const checkEnds: Check = (flow, facts) => {
  const ends = flow.steps.filter(isEnd).map(({ name }) => name)
  const ending = leadingTo(ends, flow.steps.flatMap(edgesOf))
  const seen = reachable(flow)
  const index = flow.steps.findIndex(({ name }) => seen.has(name) && !ending.has(name))
  if (index === -1) return mergeFindings([])
  const { name } = flow.steps[index]!
  return error(stepPath(facts, index), `no path from ${name} ends: lead one to a step with hangUp or transfer`)
}

const checkLoops: Check = (flow, facts) =>
  mergeFindings([
    endless(flow, facts, busyEdges(flow), 'ask, llm or transfer stands on it, so it never ends'),
    endless(flow, facts, unansweredEdges(flow, 'NoInput'), undefined),
    endless(flow, facts, unansweredEdges(flow, 'NoMatch'), undefined),
  ])

/** Ways on which nobody is waited for. */
const busyEdges = (flow: Flow): Edge[] =>
  flow.steps
    .filter(({ ask, llm, transfer }) => ask === undefined && llm === undefined && transfer === undefined)
    .flatMap(edgesOf)

/** Ways of a caller who never gives a usable answer: the way round is endless when questions stand on it. */
function unansweredEdges(flow: Flow, kind: 'NoInput' | 'NoMatch'): Edge[] {
  const edges = flow.steps
    .filter(({ llm, transfer }) => llm === undefined && transfer === undefined)
    .flatMap(edgesOf)
    .filter(({ when }) => when.kind === kind || !['Answered', 'NoInput', 'NoMatch'].includes(when.kind))
  // Without a question on it, it is the other fault.
  return edges.some(({ when }) => when.kind === kind) ? edges : []
}

function endless(flow: Flow, facts: Parameters<Check>[1], edges: Edge[], because: string | undefined): Findings {
  const loop = findLoop(edges)
  if (loop === undefined) return mergeFindings([])
  const asks = loop.map((name) => flow.steps.find((step) => step.name === name)?.ask)
  const index = flow.steps.findIndex(({ name }) => name === loop[0])
  const round = [...loop, loop[0]].join(' -> ')
  if (because !== undefined) {
    return error(stepPath(facts, index), `${round} goes round and no ${because}: lead ${oneOf(loop)} elsewhere`)
  }
  const at = asks.findIndex((ask) => ask !== undefined)
  if (at === -1) return mergeFindings([])
  const asking = flow.steps.findIndex(({ name }) => name === loop[at])
  const field = edges.find(({ from }) => from === loop[at])!.field
  const who = field.includes('noInput') ? 'who stays silent' : 'who is not understood'
  return error(
    `${stepPath(facts, asking)}.${field}`,
    `a caller ${who} never ends: ${round}. Lead it to another step, or leave it out for the emergency number`,
  )
}
