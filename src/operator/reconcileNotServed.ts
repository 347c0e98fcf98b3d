import { FAILOVER_DRILLS, RETENTION_POLICIES } from '../api/kinds.ts'
import type { ReconcileResult } from '../kube/controller.ts'
import { writeStatus } from './apply/status.ts'
import type { Operator } from './reconcile.ts'
import { statusDiffers } from './report/callbot.ts'
import { reportDrill, reportPolicy } from './report/notServed.ts'

/** One cycle for one object of such a kind. The key is `KIND/NAMESPACE/NAME`. */
export async function reconcileNotServed(operator: Operator, key: string): Promise<ReconcileResult> {
  const [kind, namespace = '', name = ''] = key.split('/')
  const { caches } = operator.observatory
  const now = operator.wallClock()
  if (kind === 'RetentionPolicy') {
    const about = caches.retentionPolicies.get(namespace, name)
    if (about === undefined) return {}
    const status = reportPolicy(about, now)
    const where = { resource: RETENTION_POLICIES, cache: caches.retentionPolicies }
    if (statusDiffers(about.status, status)) await writeStatus({ kube: operator.hands.kube, about, status, ...where })
  } else {
    const about = caches.failoverDrills.get(namespace, name)
    const status = about && reportDrill(about, now)
    if (about === undefined || status === undefined) return {}
    const where = { resource: FAILOVER_DRILLS, cache: caches.failoverDrills }
    if (statusDiffers(about.status, status)) await writeStatus({ kube: operator.hands.kube, about, status, ...where })
  }
  return {}
}
