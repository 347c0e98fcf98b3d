import type { HeardEdge } from '../../rules/route-on-edges.ts'
import {
  summariseRoute,
  usesFirst,
  type DeclaredPart,
  type SeenRoute,
  type Sighting,
  type Watcher,
} from '../../rules/route-status.ts'
import type { IntegrationFacts, IntegrationWorld } from '../integration-world.ts'
import { trunksName } from '../render/edge-trunks.ts'
import type { Settings } from '../world.ts'
import type { Caches } from './caches.ts'

/** Who sees the ways to bots and to clients' systems. */
export interface Lookouts {
  /** What edges told of a bot's route. Undefined: it is not known yet which edges there are. */
  routes: (bot: string) => readonly HeardEdge[] | undefined
  /** What edges say of an Integration's trunks. Undefined: not all of them were asked yet. */
  edges: (integration: string) => Watcher[] | undefined
  /** What pods of a bot say of the endpoints of its Integrations, by name. Undefined: not all of them were asked yet. */
  pods: (bot: string) => PodSightings[] | undefined
}

/** What one pod says: the endpoints of each Integration, by its name. */
export type PodSightings = ReadonlyMap<string, Sighting[]>

type Observatory = { caches: Caches; settings: Settings; lookouts: Lookouts }

/** Gathers all that a decision on one Integration rests upon. Reads memory only: it can't fail and it can't wait. */
export function observeIntegration(o: Observatory, namespace: string, name: string, now: number): IntegrationWorld {
  const { caches, settings, lookouts } = o
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
    sip: integration && seenTrunks(lookouts, integration),
    http: integration && seenEndpoints(lookouts, integration, bots),
    usedBy: bots.length,
  }
}

/** Undefined too when there are none. */
export function seenTrunks(lookouts: Lookouts, { namespace, name, trunks }: IntegrationFacts): SeenRoute | undefined {
  const watchers = lookouts.edges(`${namespace}/${name}`)
  return trunks && watchers && summariseRoute(partsOf(trunks.trunks), watchers)
}

function seenEndpoints(
  { pods }: Lookouts,
  { name, endpoints }: IntegrationFacts,
  bots: string[],
): SeenRoute | undefined {
  const told = bots.map(pods)
  if (endpoints.length === 0 || told.some((each) => each === undefined)) return undefined
  const sightings = told.flatMap((each) => each ?? []).flatMap((pod) => (pod.has(name) ? [pod.get(name)!] : []))
  return summariseRoute(
    endpoints,
    sightings.map((own) => usesFirst(endpoints, own)),
  )
}

const partsOf = (trunks: readonly DeclaredPart[]): DeclaredPart[] => trunks.map(({ name, role }) => ({ name, role }))
