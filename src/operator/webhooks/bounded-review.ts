import { describeBug } from '../../runtime/redacted-error.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { ApiError, Unreachable } from '../../kube/errors.ts'
import type { Findings } from '../../rules/flow/check.ts'
import type { Reviewer } from './reviewers.ts'

/**
 * A review that ends, whatever it is given. One that fails, or takes too long, is a refusal where the object may be at fault, for a
 * failing review would be a way past it; only what the API server itself fails with is thrown on, and then goes on without us.
 * @param o.milliseconds less than the API server waits
 * @param o.otherwise Warn: for reviews that refuse nothing
 */
export function boundedReview(
  review: Reviewer,
  o: { clock: Clock; milliseconds: number; otherwise: 'Refuse' | 'Warn'; log: Log },
): Reviewer {
  const unfinished = (message: string): Findings => {
    const problem = { path: '', message }
    return o.otherwise === 'Warn' ? { errors: [], warnings: [problem] } : { errors: [problem], warnings: [] }
  }
  return async (request) => {
    const { promise: late, resolve } = Promise.withResolvers<Findings>()
    const cancel = o.clock.after(o.milliseconds, () =>
      resolve(
        unfinished('the object was not reviewed in time: apply it again, and make it smaller if that does not help'),
      ),
    )
    try {
      return await Promise.race([review(request), late])
    } catch (error) {
      if (error instanceof ApiError || error instanceof Unreachable) throw error
      o.log.error({ ...describeBug(error), kind: named(request.kind.kind) }, 'a review failed')
      return unfinished('the review of this object failed: see the log of the operator, or make the object simpler')
    } finally {
      cancel()
    }
  }
}
