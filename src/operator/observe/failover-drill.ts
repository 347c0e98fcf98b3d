import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import { observeDrills } from './drills.ts'
import type { ObserveSources } from './sources.ts'

/** Gathers all that a decision on one FailoverDrill rests upon. Reads memory only: it can't fail and it can't wait. */
export function observeFailoverDrill(
  o: ObserveSources,
  namespace: string,
  name: string,
  now: number,
): FailoverDrillWorld {
  const drill = o.caches.failoverDrills.get(namespace, name)
  const integration = drill?.integration ?? ''
  return {
    ...{ now, drill },
    integration: o.caches.integrations.get(namespace, integration),
    surroundings: observeDrills(o, namespace, integration, drill?.status?.verdict === undefined),
  }
}
