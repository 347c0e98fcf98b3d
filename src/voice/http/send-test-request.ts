import { randomUUID } from 'node:crypto'
import { type Operation, requestOf } from '../../rules/http/request.ts'
import { FAILED } from '../../rules/http/response.ts'
import type { TestRequestResult } from '../../rules/test-request.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { WebEndpoint } from './endpoint.ts'
import { askService, type Tried } from './endpoint-failover.ts'

/** Asks the endpoints of a lane as those of calls are asked, and keeps nothing of the answer but its status. Never rejects. */
export async function sendTestRequest(o: {
  endpoints: readonly WebEndpoint[]
  /** One that needs no input. */
  operation: Operation
  clock: Clock
  random: () => number
  signal: AbortSignal
}): Promise<TestRequestResult> {
  const { clock, signal } = o
  const from = clock.monotonic()
  let answer: Parameters<Tried>[0] | undefined
  const tried: Tried = (seen) => void (answer = seen.result === 'answered' ? seen : undefined)
  const endAs = (finding: TestRequestResult['finding']): TestRequestResult => ({
    outcome: OUTCOMES[finding] ?? 'Failed',
    ...{ finding, endpoint: answer?.endpoint ?? null, status: answer?.status ?? null },
    milliseconds: Math.round(clock.monotonic() - from),
  })
  const request = requestOf(o.operation, {}, randomUUID())
  if ('refusal' in request) return endAs('Bug')
  try {
    const { outcome } = await askService({ ...o, request, tried })
    if (answer === undefined) return endAs('Unanswered')
    return endAs(outcome === FAILED.outcome ? 'Refused' : 'AsExpected')
  } catch {
    return endAs(signal.aborted ? 'CalledOff' : 'Bug')
  }
}

const OUTCOMES: Partial<Record<TestRequestResult['finding'], TestRequestResult['outcome']>> = {
  ...{ AsExpected: 'Passed', CalledOff: 'CalledOff' },
}
