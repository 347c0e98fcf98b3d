import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import { FAILED, type OperationEnd } from '../../rules/http/response.ts'
import { mayAskAgain, orderOf } from '../../rules/http/endpoint-selection.ts'
import type { Operation, OperationRequest } from '../../rules/http/request.ts'
import type { WebEndpoint } from './endpoint.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'

/** One try at one endpoint, told to the metrics. Names of the Integration and its parts, nothing else. */
export type Tried = (seen: {
  readonly endpoint: string
  readonly result: 'answered' | 'called-off' | EndpointFault['result']
  readonly seconds: number
  /** Of HTTP, where it answered. */
  readonly status?: number
}) => void

/** Rounds over all endpoints, and the wait between them: what restarts is back in a moment. */
const ROUNDS = 3
const BETWEEN: BackoffRule = { first: 250, most: 500, factor: 2, jitter: 0.3 }

/**
 * Asks one endpoint after the other until one answers usably. Failed when none does: after the time that a single slow one may take no
 * further round begins.
 * @throws the signal's reason
 */
export async function askService(o: {
  endpoints: readonly WebEndpoint[]
  operation: Operation
  request: OperationRequest
  clock: Clock
  random: () => number
  tried: Tried
  signal: AbortSignal
}): Promise<OperationEnd> {
  const { operation, clock, signal } = o
  const { idempotency } = operation
  const from = clock.monotonic()
  for (let round = 1; ; round++) {
    for (const endpoint of orderOf(o.endpoints, idempotency)) {
      const result = await tryOnce(endpoint, o)
      if (!(result instanceof EndpointFault)) return result
      if (!mayAskAgain(idempotency, result.mayBeReceived)) return FAILED
    }
    if (round === ROUNDS || clock.monotonic() - from >= operation.timeoutMilliseconds) return FAILED
    await pause(clock, backoff(BETWEEN, round, o.random()), signal)
    signal.throwIfAborted()
  }
}

async function tryOnce(
  endpoint: WebEndpoint,
  o: Parameters<typeof askService>[0],
): Promise<OperationEnd | EndpointFault> {
  const from = o.clock.monotonic()
  const tell = (seen: Pick<Parameters<Tried>[0], 'result' | 'status'>) =>
    o.tried({ endpoint: endpoint.name, ...seen, seconds: (o.clock.monotonic() - from) / 1_000 })
  try {
    const { end, status } = await endpoint.ask(o.operation, o.request, o.signal)
    tell({ result: 'answered', status })
    return end
  } catch (error) {
    const isFault = error instanceof EndpointFault
    tell({ result: isFault ? error.result : 'called-off' })
    if (!isFault) throw error
    return error
  }
}
