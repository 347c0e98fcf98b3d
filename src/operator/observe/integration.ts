import { defined } from '../../lib/defined.ts'
import type { ReportedAddress } from '../../rules/held-addresses.ts'
import { summariseRoute, usesFirst, type DeclaredPart, type ObservedRoute } from '../../rules/route-status.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'
import { trunksName } from '../render/edge-trunks.ts'
import { observeDrills } from './drills.ts'
import type { RouteSources, ObserveSources } from './sources.ts'

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
    beyond: integration && o.trunkShares(integration, now),
    published: caches.trunks.get(settings.operatorNamespace, trunksName(namespace, name)),
    called: observedAddresses(routeSources, key),
    sip: integration && observedTrunks(routeSources, integration),
    http: integration && observedEndpoints(routeSources, integration, bots),
    usedBy: bots.length,
    surroundings: observeDrills(o, namespace, name, {
      isAsked: integration?.drill !== undefined,
      own: (drill) => drill.namespace === namespace && drill.integration === name,
    }),
  }
}

/** At which addresses edges call its trunks. */
const observedAddresses = ({ edges }: RouteSources, integration: string): ReportedAddress[] | undefined =>
  edges(integration)?.flatMap(({ observations }) =>
    observations.map(({ part: trunk, address }) => defined({ trunk, address })),
  )

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
