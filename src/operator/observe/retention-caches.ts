import { RETENTION_POLICIES } from '../../api/kinds.ts'
import { createInformer, type Informer } from '../../kube/informer.ts'
import { resources } from '../../kube/resources.ts'
import type { CachedBot } from './projections.ts'
import { projectPolicy, projectRecords, type CachedPolicy, type CachedRecords } from './retention-projections.ts'
import { keyOf, type Base, type Wake } from './wake.ts'

/** Wakes a policy that changes, and the bots of its namespace when what it means for calls does. */
export function createPolicies(base: Base, bots: Informer<CachedBot>, wake: Wake) {
  return createInformer<CachedPolicy>({
    ...base,
    resource: RETENTION_POLICIES,
    project: projectPolicy,
    indexes: { namespace: (policy) => [policy.namespace] },
    onChange(before, after) {
      const isSame = before?.uid === after?.uid && before?.generation === after?.generation
      if (after !== undefined && !isSame) wake.object('RetentionPolicy', keyOf(after), 'urgent')
      if (!isSame) wake.policies()
      if (before?.uid === after?.uid && before?.calls === after?.calls) return
      wake.pods((after ?? before)!.namespace)
      wakeNamespace((after ?? before)!.namespace, bots, wake)
    },
  })
}

/** Wakes the policies of a namespace when its writer changes, and its bots when there is one now, or none. */
export function createRecords(
  base: Base,
  bots: Informer<CachedBot>,
  wake: Wake,
  wakePolicies: (namespace: string) => void,
) {
  return createInformer<CachedRecords>({
    ...base,
    resource: resources.statefulSets,
    project: projectRecords,
    onChange(before, after) {
      const { namespace } = (after ?? before)!
      if (before?.applied !== after?.applied) wakePolicies(namespace)
      if (before !== undefined && after !== undefined) return
      // Bots send records from now on, or no more.
      wake.pods(namespace)
      wakeNamespace(namespace, bots, wake)
    },
  })
}

function wakeNamespace(namespace: string, bots: Informer<CachedBot>, wake: Wake): void {
  for (const bot of bots.byIndex('namespace', namespace)) wake.object('Callbot', keyOf(bot), 'soon')
}
