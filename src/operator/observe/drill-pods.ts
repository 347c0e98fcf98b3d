import { NO_ZONE } from '../../rules/zone-health.ts'
import type { Caches } from './caches.ts'
import type { Addressed } from './pod-poller.ts'

/** A pod that could place tests of a drill. */
export type DrillPod = Addressed & { zone: string }

/** Ready pods of every bot of the Integration, those of one bot after the other. @param key `namespace/name` of the Integration */
export function drillPods({ bots, pods, nodes }: Pick<Caches, 'bots' | 'pods' | 'nodes'>, key: string): DrillPod[] {
  return bots
    .byIndex('integration', key)
    .flatMap(({ namespace, name }) => pods.byIndex('bot', `${namespace}/${name}`))
    .flatMap((pod) => {
      const { ready, terminating, ip } = pod
      if (!ready || terminating || ip === undefined) return []
      return [{ ...pod, ip, zone: nodes.get('', pod.node)?.zone ?? NO_ZONE }]
    })
}
