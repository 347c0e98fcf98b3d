/** `spec.http` of an Integration with a web service that is drilled: it is probed often, and its circuit breaker opens for a short time. */
interface Endpoint {
  name: string
  url: string
}

/** @param operations beside the one for tests */
export const drilledWebService = (primary: Endpoint, backup: Endpoint, operations: readonly object[] = []) => ({
  endpoints: [
    { ...primary, role: 'Primary', transport: 'Plain' },
    { ...backup, role: 'Backup', transport: 'Plain' },
  ],
  operations: [
    { name: 'slots', method: 'GET', path: '/slots', idempotency: 'Idempotent', timeoutMilliseconds: 1_500 },
    ...operations,
  ],
  testOperation: 'slots',
  probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 500 },
  circuitBreaker: { openSeconds: 2 },
})
