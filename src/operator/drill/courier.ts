import { named } from '../../runtime/log-fields.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import { createErrand, type ErrandOptions } from './errand.ts'

export interface CourierOptions extends Omit<ErrandOptions, 'monotonic'> {
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
  const errands = new Map<string, ReturnType<typeof createErrand>>()
  const underWay = new Set<string>()

  /** An empty name: the drill has ended, or is gone, and what edges still have of it is taken back. */
  async function go(namespace: string, name: string, uid: string): Promise<void> {
    if (underWay.has(uid)) return
    underWay.add(uid)
    try {
      const errand = errands.get(uid) ?? createErrand({ ...o, monotonic: () => clock.monotonic() }, uid)
      errands.set(uid, errand)
      if (!(await errand.round(o.world(namespace, name)))) return
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
