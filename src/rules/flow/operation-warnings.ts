import { type Check, type FlowContext, each, type Findings, stepPath, warning } from './findings.ts'
import type { FlowStep } from './flow.ts'

type RequestStep = NonNullable<FlowStep['request']>

/** What callers suffer from when a web service is slow, or doesn't answer. */
export const adviseOperations: Check = (flow, facts) =>
  each(flow.steps, ({ request, next }, index) => {
    if (request === undefined) return []
    const path = `${stepPath(facts, index)}.request`
    return [...adviseFailure(request, next, facts, path), ...adviseWait(request, facts, path)]
  })

const operationOf = ({ integration, operation }: RequestStep, { integrations }: FlowContext) => {
  const http = integrations.get(integration)?.http
  return { http, operation: http?.operations.find(({ name }) => name === operation) }
}

/** Who tells ends apart, or waits for values, must not take a failure for one of the good ones. */
function adviseFailure(request: RequestStep, next: string | undefined, facts: FlowContext, path: string): Findings[] {
  const { operation } = operationOf(request, facts)
  const matters =
    request.outcomes.length > 0 || (operation !== undefined && operation.outcomes.length + operation.output.length > 0)
  if (!matters || request.outcomes.some(({ outcome }) => outcome === 'Failed')) return []
  return [
    warning(
      `${path}.outcomes`,
      `when no endpoint answers, the flow continues with ${next} as if ${request.operation} had succeeded: add an entry for Failed`,
    ),
  ]
}

/** The watchdog for a stuck bot must not come before the backup has had its time. */
function adviseWait(request: RequestStep, facts: FlowContext, path: string): Findings[] {
  const { http, operation } = operationOf(request, facts)
  const { turnTaking } = facts.bot
  if (http === undefined || operation === undefined || turnTaking === undefined) return []
  const tries = operation.idempotency === 'NotIdempotent' ? 1 : http.endpoints.length
  const seconds = (tries * operation.timeoutMilliseconds) / 1_000
  if (seconds < turnTaking.stuckSeconds) return []
  return [
    warning(
      `${path}.operation`,
      `${request.operation} may take ${seconds} seconds (${tries} x ${operation.timeoutMilliseconds} ms), and the caller is put through after ` +
        `spec.turnTaking.stuckSeconds (${turnTaking.stuckSeconds}): lower timeoutMilliseconds, or raise stuckSeconds`,
    ),
  ]
}
