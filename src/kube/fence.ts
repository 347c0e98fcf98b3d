import { isForbidden, isInvalid } from './errors.ts'

/** The ValidatingAdmissionPolicies in the chart (templates/fence.yaml) that refuse writes of who doesn't hold the Lease. */
const FENCE = /ValidatingAdmissionPolicy 'callbot-operator-fence(-children)?'/

/**
 * The API server refused a write because another pod holds the Lease. No fault of the object: the work is dropped, without
 * backoff or alarm; the holder does it.
 */
export class LostLeadership extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LostLeadership'
  }
}

/**
 * Says whether an error, or what caused it, is a refusal by the fence: 403 from its rule, 422 while the API server can't
 * find or has not yet read the Lease.
 */
export function isFenceRefusal(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (cause instanceof LostLeadership) return true
    if ((isForbidden(cause) || isInvalid(cause)) && FENCE.test(cause.message)) return true
  }
  return false
}

/** The same error, or a `LostLeadership` in its place when it was the fence that refused. */
export function asLostLeadership(error: unknown): unknown {
  if (error instanceof LostLeadership || !isFenceRefusal(error)) return error
  return new LostLeadership('The API server refused a write: another pod holds the lease.', { cause: error })
}
