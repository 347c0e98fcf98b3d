import { named } from '../../runtime/log-fields.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { DrillPod } from '../observe/drill-pods.ts'
import { createErrand, type ErrandOptions } from './errand.ts'
import type { LaneKind } from './lane-kind.ts'

export interface CourierOptions extends Omit<ErrandOptions, 'monotonic'> {
  /** By the side of an Integration that is drilled. */
  kinds: { readonly SIP: LaneKind<EdgePod>; readonly HTTP: LaneKind<DrillPod> }
  /** Drills that have begun, by namespace and name. */
  running: () => Iterable<{ namespace: string; name: string; uid: string }>
  world: (namespace: string, name: string) => FailoverDrillWorld
  clock: Clock
}

/** A lease is three seconds, and what edges found is known as exactly as this. Milliseconds. */
const ROUND_MS = 500

/**
 * Brings what the persisted state of each drill wants to edges and pods, again and again: when it stops, for whatever reason, so does the drill.
 */
export function createCourier(o: CourierOptions) {
  const { clock, log, memory } = o
  const errands = new Map<string, { round(world: FailoverDrillWorld): Promise<boolean> }>()
  const underWay = new Set<string>()

  /** Undefined: the drill is gone, and nothing of it was ever out there. */
  function errandOf(uid: string, { drill }: FailoverDrillWorld) {
    const known = errands.get(uid)
    if (known !== undefined || drill?.uid !== uid) return known
    const more = { ...o, monotonic: () => clock.monotonic() }
    const errand = drill.side === 'SIP' ? createErrand(more, o.kinds.SIP, uid) : createErrand(more, o.kinds.HTTP, uid)
    errands.set(uid, errand)
    return errand
  }

  /** An empty name: the drill has ended, or is gone, and what edges still have of it is taken back. */
  async function go(namespace: string, name: string, uid: string): Promise<void> {
    if (underWay.has(uid)) return
    underWay.add(uid)
    try {
      const world = o.world(namespace, name)
      const isOver = (await errandOf(uid, world)?.round(world)) ?? true
      if (!isOver) return
      errands.delete(uid)
      memory.forget(uid)
    } finally {
      underWay.delete(uid)
    }
  }

  const start = (namespace: string, name: string, uid: string) =>
    void go(namespace, name, uid).catch(() => log.error({ drill: named(uid) }, 'a round of a drill failed'))

  return {
    /** Goes on until the signal aborts. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const running = new Map([...o.running()].map((drill) => [drill.uid, drill]))
        for (const { namespace, name, uid } of running.values()) start(namespace, name, uid)
        for (const uid of errands.keys()) if (!running.has(uid)) start('', '', uid)
        await pause(clock, ROUND_MS, signal)
      }
    },
  }
}
