import { isInvalid, isNamespaceTerminating } from '../../kube/errors.ts'
import { isFenceRefusal } from '../../kube/fence.ts'
import type { KindOutcome } from '../steps/plan.ts'

/**
 * Does one step of a plan. A failure goes into the outcome, and stops no other step.
 * @param what the kind of object, for people. @param run resolves with false when the step did not do what it was to do
 * @returns whether the step did what it was to do
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function attempt(
  outcome: KindOutcome,
  step: { do: string },
  what: string,
  run: () => Promise<boolean | void>,
): Promise<boolean> {
  try {
    return (await run()) !== false
  } catch (cause) {
    if (isFenceRefusal(cause)) throw cause
    // The object goes with its namespace: there is nothing left to bring about, and nobody to tell.
    if (isNamespaceTerminating(cause)) outcome.namespaceEnds = true
    // A value that the API server can't accept will not be accepted a second time; a quota may be raised.
    else outcome.failures.push({ step: step.do, what, final: isInvalid(cause), message: messageOf(cause), cause })
    return false
  }
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : 'no reason is known')
