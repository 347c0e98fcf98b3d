import type { Reconcile } from '../../kube/controller.ts'
import { isRunning } from '../../rules/drill/stage.ts'
import type { DrillPod } from '../observe/drill-pods.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import { createErrand, type ErrandOptions } from './errand.ts'
import type { LaneKind } from './lane-kind.ts'

export interface OrdersOptions extends ErrandOptions {
  /** By the side of an Integration that is drilled. */
  kinds: { readonly SIP: LaneKind<EdgePod>; readonly HTTP: LaneKind<DrillPod> }
  world: (namespace: string, name: string) => FailoverDrillWorld
}

/** A lease is three seconds, and what edges found is known as exactly as this. */
const ROUND_SECONDS = 0.5

/**
 * Brings what the persisted state of a drill wants to edges and pods, again and again until nothing of it is left there: when nobody works on its
 * key any more, for whatever reason, the drill stops.
 */
export function createOrders(o: OrdersOptions): Reconcile {
  /** By the key of the drill, then by its UID: one that is gone may have left something when the next of its name begins. */
  const errands = new Map<string, Map<string, { round(world: FailoverDrillWorld): Promise<boolean> }>>()
  const start = (uid: string, side: 'SIP' | 'HTTP') =>
    side === 'SIP' ? createErrand(o, o.kinds.SIP, uid) : createErrand(o, o.kinds.HTTP, uid)

  return async (key) => {
    const [namespace = '', name = ''] = key.split('/')
    const world = o.world(namespace, name)
    const { drill } = world
    const known = errands.get(key) ?? new Map<string, ReturnType<typeof start>>()
    if (drill !== undefined && isRunning(drill) && !known.has(drill.uid))
      known.set(drill.uid, start(drill.uid, drill.side))
    for (const [uid, errand] of known) {
      if (!(await errand.round(world))) continue
      known.delete(uid)
      o.memory.forget(uid)
    }
    if (known.size > 0) errands.set(key, known)
    else errands.delete(key)
    return known.size > 0 ? { recheckAfterSeconds: ROUND_SECONDS } : {}
  }
}
