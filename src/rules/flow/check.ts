/**
 * The check of a dialog as a whole: what its own schema can't see, since it lies between steps or between objects. The same
 * one speaks at `kubectl apply`, in the reconcile, in the pod and in the terminal.
 */
import { advise } from './warnings.ts'
import { checkCollected } from './collected-values.ts'
import { checkConversations } from './test-references.ts'
import { type FlowContext, type Findings, mergeFindings } from './findings.ts'
import type { Flow } from './flow.ts'
import { adviseOperations } from './operation-warnings.ts'
import { checkPolicy } from './retention-policy.ts'
import { checkReferences } from './references.ts'
import { checkSecrets } from './secret-answers.ts'
import { checkNames, checkShape } from './reachability.ts'
import { checkValues } from './answer-values.ts'

export type { FlowContext, Findings } from './findings.ts'

/** Errors in the order of the flow's parts, then advice. Expects a flow that its schema accepts, defaults filled in. */
export function checkFlow(flow: Flow, facts: FlowContext): Findings {
  const names = checkNames(flow, facts)
  // With a step missing, every further word about ways would be wrong.
  if (names.errors.length > 0) return mergeFindings([names, checkReferences(flow, facts), checkPolicy(flow, facts)])
  return mergeFindings(
    [
      ...[checkShape, checkReferences, checkCollected, checkValues, checkPolicy, checkSecrets, checkConversations],
      ...[advise, adviseOperations],
    ].map((check) => check(flow, facts)),
  )
}
