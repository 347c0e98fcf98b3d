import type { ReconcileResult } from '../../kube/controller.ts'
import type { Cached, Informer } from '../../kube/informer.ts'

/** Keeps something of the installation as specified. */
export interface Reconciler {
  informers: Informer<Cached>[]
  /** Only the leader may call it. `now` in epoch milliseconds. */
  reconcile(now: number): Promise<ReconcileResult>
}

/** Several keepers that are woken as one. One that fails keeps no other from its work. */
export const combineReconcilers = (reconcilers: readonly Reconciler[]): Reconciler => ({
  informers: reconcilers.flatMap(({ informers }) => informers),
  async reconcile(now) {
    const results = await Promise.allSettled(reconcilers.map((reconciler) => reconciler.reconcile(now)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    const seconds = results.flatMap((result) =>
      result.status === 'fulfilled' ? (result.value.recheckAfterSeconds ?? []) : [],
    )
    return seconds.length === 0 ? {} : { recheckAfterSeconds: Math.min(...seconds) }
  },
})
