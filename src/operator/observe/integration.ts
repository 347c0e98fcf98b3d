import type { ObservedEdge } from '../../rules/route-on-edges.ts'
import {
  summariseRoute,
  usesFirst,
  type DeclaredPart,
  type ObservedRoute,
  type PartObservation,
  type RouteObserver,
} from '../../rules/route-status.ts'
import type { IntegrationFacts, IntegrationWorld } from '../integration-world.ts'
import { trunksName } from '../render/edge-trunks.ts'
import type { Settings } from '../world.ts'
import type { Caches } from './caches.ts'

/** Who sees the ways to bots and to clients' systems. */
export interface RouteSources {
  /** What edges told of a bot's route. Undefined: it is not known yet which edges there are. */
  routes: (bot: string) => readonly ObservedEdge[] | undefined
  /** What edges say of an Integration's trunks. Undefined: not all of them were asked yet. */
  edges: (integration: string) => RouteObserver[] | undefined
  /** What pods of a bot say of the endpoints of its Integrations, by name. Undefined: not all of them were asked yet. */
  pods: (bot: string) => PodObservations[] | undefined
}

/** What one pod says: the endpoints of each Integration, by its name. */
export type PodObservations = ReadonlyMap<string, PartObservation[]>

type ObserveSources = { caches: Caches; settings: Settings; routeSources: RouteSources }

/** Gathers all that a decision on one Integration rests upon. Reads memory only: it can't fail and it can't wait. */
export function observeIntegration(o: ObserveSources, namespace: string, name: string, now: number): IntegrationWorld {
  const { caches, settings, routeSources } = o
  const key = `${namespace}/${name}`
  const integration = caches.integrations.get(namespace, name)
  const bots = caches.bots.byIndex('integration', key).map((bot) => `${bot.namespace}/${bot.name}`)
  return {
    now,
    settings,
    namespace,
    name,
    integration,
    published: caches.trunks.get(settings.operatorNamespace, trunksName(namespace, name)),
    sip: integration && observedTrunks(routeSources, integration),
    http: integration && observedEndpoints(routeSources, integration, bots),
    usedBy: bots.length,
  }
}

/** Undefined too when there are none. */
export function observedTrunks(
  routeSources: RouteSources,
  { namespace, name, trunks }: IntegrationFacts,
): ObservedRoute | undefined {
  const observers = routeSources.edges(`${namespace}/${name}`)
  return trunks && observers && summariseRoute(partsOf(trunks.trunks), observers)
}

function observedEndpoints(
  { pods }: RouteSources,
  { name, endpoints }: IntegrationFacts,
  bots: string[],
): ObservedRoute | undefined {
  const observed = bots.map(pods)
  if (endpoints.length === 0 || observed.some((each) => each === undefined)) return undefined
  const observations = observed.flatMap((each) => each ?? []).flatMap((pod) => (pod.has(name) ? [pod.get(name)!] : []))
  return summariseRoute(
    endpoints,
    observations.map((own) => usesFirst(endpoints, own)),
  )
}

const partsOf = (trunks: readonly DeclaredPart[]): DeclaredPart[] => trunks.map(({ name, role }) => ({ name, role }))
