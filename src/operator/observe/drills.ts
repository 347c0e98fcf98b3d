import type { DrillWitness } from '../../rules/drill/preflight.ts'
import { KILL_SWITCH } from '../../rules/drill/kill-switch.ts'
import type { DrillSurroundings, FailoverDrillFacts, Witnessed } from '../world/drills.ts'
import { drillPods } from './drill-pods.ts'
import type { ObserveSources } from './sources.ts'

const UNKNOWN: Witnessed = { witnesses: undefined, zones: [] }

/**
 * What a decision on drills rests upon, beside the Integration itself.
 * @param asked.isAsked whether checks depend on it: else what edges and pods say is left out
 * @param asked.own whether a running drill is the one that asks, or of the Integration that asks
 */
export function observeDrills(
  o: ObserveSources,
  namespace: string,
  name: string,
  { isAsked, own }: { isAsked: boolean; own: (drill: FailoverDrillFacts) => boolean },
): DrillSurroundings {
  const { caches, settings, routeSources } = o
  const key = `${namespace}/${name}`
  const stop = caches.killSwitch.get(settings.operatorNamespace, KILL_SWITCH)
  return {
    killSwitch: stop === undefined ? 'Missing' : stop.isOn ? 'On' : 'Off',
    clockSkewMilliseconds: routeSources.clockSkew(),
    sip: isAsked ? edgesOf(o, key) : UNKNOWN,
    http: isAsked ? podsOf(o, key, name) : UNKNOWN,
    podZones: isAsked ? podZones(o, key) : [],
    drills: caches.failoverDrills.byIndex('integration', key),
    otherDrills: isAsked ? otherDrills(o, key, own) : [],
  }
}

/** Drills of other Integrations of the same bots, too: their calls take places of the same pods. */
function otherDrills({ caches }: ObserveSources, key: string, own: (drill: FailoverDrillFacts) => boolean): string[] {
  const running = caches.failoverDrills.byIndex('running', 'yes').filter((drill) => !own(drill))
  if (running.length === 0) return []
  const bots = new Set(caches.bots.byIndex('integration', key).map(({ uid }) => uid))
  const shares = (other: string) =>
    other === key || caches.bots.byIndex('integration', other).some(({ uid }) => bots.has(uid))
  return running.filter((each) => shares(`${each.namespace}/${each.integration}`)).map((each) => each.name)
}

function edgesOf({ caches, routeSources }: ObserveSources, key: string): Witnessed {
  const zones = [...caches.edges.list()].flatMap(({ node }) => caches.nodes.get('', node)?.zone ?? [])
  return { witnesses: routeSources.witnesses(key), zones: [...new Set(zones)].sort() }
}

/** In a zone that was cut off pods are ready until Kubernetes notices. */
function podZones({ caches, answering }: ObserveSources, key: string): string[] {
  const zones = new Set(drillPods(caches, key).map(({ zone }) => zone))
  return [...zones].filter((zone) => answering(zone) !== false).sort()
}

/** Pods do not say in which zone they are: what one of them sees is that of its bot. */
function podsOf({ caches, routeSources }: ObserveSources, key: string, name: string): Witnessed {
  const bots = caches.bots.byIndex('integration', key)
  const said = bots.map((bot) => ({ bot: bot.name, pods: routeSources.pods(`${bot.namespace}/${bot.name}`) }))
  if (said.some(({ pods }) => pods === undefined)) return { witnesses: undefined, zones: [] }
  const witnesses = said.flatMap(({ bot, pods }) =>
    pods!.flatMap((pod): DrillWitness[] => {
      const own = pod.get(name)
      return own === undefined
        ? []
        : [{ zone: bot, parts: own.map(({ part, state }) => ({ name: part, state, calls: 0 })) }]
    }),
  )
  return { witnesses, zones: bots.map((bot) => bot.name) }
}
