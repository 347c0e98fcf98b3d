import type { CallbotStatus } from '../../api/callbot.ts'
import { type CallPolicy, NOTHING_LEAVES } from '../../rules/policy-order.ts'
import { epochToAskFor } from '../../rules/route-on-edges.ts'
import type { IntegrationConfigurationFacts } from '../world/integration.ts'
import { withIntegrations } from '../render/bot-configuration-integrations.ts'
import { ANY_AMOUNT } from '../../rules/shares.ts'
import type { BotFacts, EmergencyRoute, PodFacts, World } from '../world/callbot.ts'
import { observeBotShare } from './bot-shares.ts'
import type { Caches } from './caches.ts'
import { decidingClaims } from './claims.ts'
import { observedTrunks } from './integration.ts'
import type { ObserveSources } from './sources.ts'
import type { CachedPod } from './projections.ts'
import type { CachedPolicy } from './retention-projections.ts'
import { routeName } from '../render/edge-route.ts'
import { observePlacement } from './placement.ts'
import { recordsAddress } from './retention-policy.ts'
import { observeZones } from './zones.ts'

/** Gathers all that a decision on one Callbot rests upon. Reads memory only: it can't fail and it can't wait. */
export function observeCallbot(o: ObserveSources, namespace: string, name: string, now: number): World {
  const { caches } = o
  const bot = withBound(caches, caches.bots.get(namespace, name))
  const { deployment, service, podDisruptionBudget, networkPolicy } = caches.children
  const zones = observeZones(o)
  return {
    now,
    settings: o.settings,
    namespace,
    name,
    bot,
    children: {
      deployment: deployment.get(namespace, name),
      service: service.get(namespace, name),
      podDisruptionBudget: podDisruptionBudget.get(namespace, name),
      networkPolicy: networkPolicy.get(namespace, name),
    },
    share: bot === undefined ? NO_BOUNDS : observeBotShare(caches, o.settings, bot),
    route: caches.routes.get(o.settings.operatorNamespace, routeName(namespace, name)),
    edges: caches.edges.size === 0 ? 'NoEdges' : o.routeSources.routes(`${namespace}/${name}`),
    pods: observePods(o, `${namespace}/${name}`),
    calls: o.calls(`${namespace}/${name}`),
    demand: o.demand(`${namespace}/${name}`),
    zones,
    ...observePlacement(o, bot),
    edgeObstacles: o.edgeObstacles(),
    policyEvidence: o.policyEvidence(`${namespace}/${name}`),
    authority: o.authority(),
    emergency: bot === undefined ? 'NoTrunks' : emergencyOf(o, bot),
    lastDrill: bot && lastDrillOf(caches, bot),
    missingIntegrations: bot === undefined ? [] : missingIntegrations(caches, bot),
    ...observePolicy(o, bot),
    claims: bot === undefined ? [] : decidingClaims(caches, bot.spec.numbers),
  }
}

const NO_BOUNDS: World['share'] = { beyond: undefined, pods: ANY_AMOUNT, againSeconds: 10 }

/** Edges are asked for its route until those that answer run it. */
export function followCallbot({ followRoute }: ObserveSources, world: World, status: CallbotStatus | undefined): void {
  const isAsked = status !== undefined && world.edges !== 'NoEdges'
  const epoch = isAsked ? epochToAskFor(status.routeEpoch, status.runningRoute) : undefined
  followRoute(`${world.namespace}/${world.name}`, epoch)
}

const observePods = ({ caches, callsOf }: ObserveSources, bot: string): PodFacts[] =>
  caches.pods.byIndex('bot', bot).map((pod) => ({
    ...pod,
    zone: zoneOf(caches, pod),
    placed: pod.node !== '',
    calls: callsOf(bot, pod.uid),
  }))

const zoneOf = (caches: Caches, pod: CachedPod) => caches.nodes.get('', pod.node)?.zone

function missingIntegrations(caches: Caches, bot: BotFacts): string[] {
  const named = [...bot.spec.integrationRefs.map((ref) => ref.name), bot.spec.fallback.integrationRef.name]
  return [...new Set(named)].filter((name) => caches.integrations.get(bot.namespace, name) === undefined).sort()
}

/** The bot with what its Integrations add to its configuration. */
function withBound(caches: Caches, bot: BotFacts | undefined): BotFacts | undefined {
  if (bot === undefined) return undefined
  const bound = bot.spec.integrationRefs.flatMap(({ name }): [string, IntegrationConfigurationFacts][] => {
    const found = caches.integrations.get(bot.namespace, name)
    return found === undefined ? [] : [[name, found.configuration]]
  })
  return { ...bot, configuration: withIntegrations(bot.configuration, new Map(bound)) }
}

function lastDrillOf(caches: Caches, { namespace, spec }: BotFacts): CallbotStatus['lastDrill'] {
  const drills = spec.integrationRefs.flatMap(({ name }) => {
    const last = caches.integrations.get(namespace, name)?.status?.lastDrill
    return last === undefined ? [] : [{ ...last, integration: name }]
  })
  return drills.sort((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt))[0]
}

function emergencyOf({ caches, routeSources }: ObserveSources, bot: BotFacts): EmergencyRoute {
  const integration = caches.integrations.get(bot.namespace, bot.spec.fallback.integrationRef.name)
  if (integration?.trunks === undefined) return 'NoTrunks'
  if (caches.edges.size === 0) return 'NoEdges'
  return observedTrunks(routeSources, integration)?.role ?? 'Unasked'
}

/**
 * What the calls of a bot go by. Without a RetentionPolicy, or while the one that it names is not in force, nothing leaves a call and nothing of it
 * is kept.
 */
function observePolicy(
  o: PolicySources,
  bot: BotFacts | undefined,
): Pick<World, 'retentionPolicyMissing' | 'retentionPolicyRefused' | 'policy'> {
  const named = bot && namedPolicy(o, bot)
  const inForce = named && ifInForce(o, named)
  return {
    retentionPolicyMissing: bot?.spec.retentionPolicyRef !== undefined && inForce === undefined,
    retentionPolicyRefused: named !== undefined && inForce === undefined,
    policy: callsUnder(o.caches, inForce) ?? NOTHING_LEAVES,
  }
}

/**
 * What running pods of a bot have to go by; undefined: nothing, since it is not known. While a policy that is named is not in force, they keep
 * what they have.
 */
export function orderedPolicy(
  o: { caches: Pick<Caches, 'bots' | 'retentionPolicies' | 'records'> } & Pick<ObserveSources, 'policyShares'>,
  namespace: string,
  name: string,
): CallPolicy | undefined {
  const bot = o.caches.bots.get(namespace, name)
  if (bot === undefined) return undefined
  if (bot.spec.retentionPolicyRef === undefined) return NOTHING_LEAVES
  const named = namedPolicy(o, bot)
  return callsUnder(o.caches, named && ifInForce(o, named))
}

/** What calls go by under a policy, with the place that takes their records, if there is one. */
function callsUnder(caches: Pick<Caches, 'records'>, policy: CachedPolicy | undefined): CallPolicy | undefined {
  if (policy === undefined) return undefined
  const records = recordsAddress(caches, policy.namespace)
  return records === undefined ? policy.calls : { ...policy.calls, records }
}

function namedPolicy({ caches }: PolicySources, bot: BotFacts): CachedPolicy | undefined {
  const name = bot.spec.retentionPolicyRef?.name
  return name === undefined ? undefined : caches.retentionPolicies.get(bot.namespace, name)
}

const ifInForce = ({ policyShares }: PolicySources, policy: CachedPolicy): CachedPolicy | undefined =>
  policyShares.beyond(policy) === undefined ? policy : undefined

type PolicySources = { caches: Pick<Caches, 'retentionPolicies' | 'records'> } & Pick<ObserveSources, 'policyShares'>
