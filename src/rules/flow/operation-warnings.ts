import { type Check, type FlowContext, each, type Findings, stepPath, warning } from './findings.ts'
import type { FlowStep } from './flow.ts'

type Call = NonNullable<FlowStep['call']>

/** What callers suffer from when a web service is slow, or doesn't answer. */
export const adviseOperations: Check = (flow, facts) =>
  each(flow.steps, ({ call, next }, index) => {
    if (call === undefined) return []
    const path = `${stepPath(facts, index)}.call`
    return [...adviseFailure(call, next, facts, path), ...adviseWait(call, facts, path)]
  })

const operationOf = ({ integration, operation }: Call, { integrations }: FlowContext) => {
  const http = integrations.get(integration)?.http
  return { http, operation: http?.operations.find(({ name }) => name === operation) }
}

/** Who tells ends apart, or waits for values, must not take a failure for one of the good ones. */
function adviseFailure(call: Call, next: string | undefined, facts: FlowContext, path: string): Findings[] {
  const { operation } = operationOf(call, facts)
  const matters =
    call.outcomes.length > 0 || (operation !== undefined && operation.outcomes.length + operation.output.length > 0)
  if (!matters || call.outcomes.some(({ outcome }) => outcome === 'Failed')) return []
  return [
    warning(
      `${path}.outcomes`,
      `when nobody answers, the dialog goes on to ${next} as if ${call.operation} had succeeded: add an entry for Failed`,
    ),
  ]
}

/** The watchdog for a stuck bot must not come before the backup has had its time. */
function adviseWait(call: Call, facts: FlowContext, path: string): Findings[] {
  const { http, operation } = operationOf(call, facts)
  const { turnTaking } = facts.bot
  if (http === undefined || operation === undefined || turnTaking === undefined) return []
  const tries = operation.idempotency === 'NotIdempotent' ? 1 : http.endpoints.length
  const seconds = (tries * operation.timeoutMilliseconds) / 1_000
  if (seconds < turnTaking.stuckSeconds) return []
  return [
    warning(
      `${path}.operation`,
      `${call.operation} may take ${seconds} seconds (${tries} x ${operation.timeoutMilliseconds} ms), and the caller is put through after ` +
        `spec.turnTaking.stuckSeconds (${turnTaking.stuckSeconds}): lower timeoutMilliseconds, or raise stuckSeconds`,
    ),
  ]
}
