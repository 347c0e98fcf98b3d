import { NO_ZONE, type ZoneFacts } from '../../rules/zone-health.ts'
import type { ObserveSources } from './sources.ts'

/**
 * Every zone that a node names, in the order of their names. Nodes without the label count where no other node has one: they are one zone then.
 * Elsewhere no bot runs on them.
 */
export function observeZones({ caches, answering }: Pick<ObserveSources, 'caches' | 'answering'>): ZoneFacts[] {
  const zones = new Map<string, ZoneFacts>()
  for (const { zone: name, ready } of caches.nodes.list()) {
    const zone = zones.get(name) ?? { name, nodes: 0, readyNodes: 0, answering: answering(name) }
    zone.nodes += 1
    zone.readyNodes += ready ? 1 : 0
    zones.set(name, zone)
  }
  if (zones.size > 1) zones.delete(NO_ZONE)
  return [...zones.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
