/** The operation by which drills ask a web service: it can be repeated, changes nothing, and needs nothing of a caller. */
import type { Http, Operation } from './request.ts'

/** What the operator has to know to drill a web service. Durations as their names say. */
export interface TestOperation {
  readonly operation: string
  /** A test request has ended by then, whatever endpoints do. */
  readonly maxSeconds: number
  /** From the end of a fault until the primary is used again, at most: its circuit breaker and its probes. */
  readonly returnSeconds: number
}

/** For a connection, a token, and the waits between rounds. Seconds. */
const MARGIN_SECONDS = 5
/** Between two probes of an endpoint that is not certain. Seconds. */
const SOON_SECONDS = 1

/** @returns undefined: it has none */
export function testOperationOf(http: Http | undefined): TestOperation | undefined {
  const operation = http?.operations.find(({ name }) => name === http.testOperation)
  if (http === undefined || operation === undefined) return undefined
  const { probe, circuitBreaker: circuit } = http
  const tries = Math.max(probe.upAfter, circuit.trialCalls)
  const eachProbe = SOON_SECONDS + probe.timeoutMilliseconds / 1_000
  return {
    operation: operation.name,
    maxSeconds: Math.ceil(((http.endpoints.length + 1) * operation.timeoutMilliseconds) / 1_000) + MARGIN_SECONDS,
    returnSeconds: Math.ceil(circuit.openSeconds + probe.intervalSeconds + tries * eachProbe),
  }
}

/** Why no test request may use the operation; undefined: it may. What `kubectl apply` refuses too. */
export function refusalOfTest({ name, idempotency, input }: Operation): string | undefined {
  if (idempotency !== 'Idempotent') return `operation ${name} is not Idempotent: name another one`
  const needed = input.find((each) => each.in === 'Path' || each.required === 'Required')
  return needed && `operation ${name} needs the input ${needed.name}: name one that needs none`
}
