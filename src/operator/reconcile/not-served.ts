import { FAILOVER_DRILLS, RETENTION_POLICIES } from '../../api/kinds.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import type { Cached, Informer } from '../../kube/informer.ts'
import type { Resource } from '../../kube/resources.ts'
import { writeStatus } from '../apply/status.ts'
import type { NotServedFacts } from '../not-served-world.ts'
import type { Operator } from './callbot.ts'
import { statusDiffers } from '../report/callbot.ts'
import { reportDrill, reportPolicy } from '../report/not-served.ts'

interface Kind<S> {
  resource: Resource
  cache: Informer<Cached & NotServedFacts<S>>
  /** Undefined: its status stays as it is. */
  report: (about: NotServedFacts<S>, now: number) => S | undefined
}

/** One cycle for one object of such a kind. The key is `KIND/NAMESPACE/NAME`. */
export async function reconcileNotServed(operator: Operator, key: string): Promise<ReconcileResult> {
  const [kind, namespace = '', name = ''] = key.split('/')
  const { retentionPolicies, failoverDrills } = operator.sources.caches
  const report =
    kind === 'RetentionPolicy'
      ? reporter({ resource: RETENTION_POLICIES, cache: retentionPolicies, report: reportPolicy })
      : reporter({ resource: FAILOVER_DRILLS, cache: failoverDrills, report: reportDrill })
  await report(operator, namespace, name)
  return {}
}

const reporter =
  <S extends object>({ resource, cache, report }: Kind<S>) =>
  async ({ dependencies: { kube }, wallClock }: Operator, namespace: string, name: string): Promise<void> => {
    const about = cache.get(namespace, name)
    const status = about && report(about, wallClock())
    if (about === undefined || status === undefined || !statusDiffers(about.status, status)) return
    await writeStatus({ kube, resource, about, status, cache })
  }
