import { CALLBOTS, INTEGRATIONS } from '../../api/kinds.ts'
import { createInformer, type Cached, type Informer } from '../../kube/informer.ts'
import { resources, type Resource } from '../../kube/resources.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../runtime/log.ts'
import { routeName } from '../render/edge-route.ts'
import { MANAGER } from '../render/manifest.ts'
import type { Reservation } from '../../rules/number-claims.ts'
import { KILL_SWITCH } from '../../rules/drill/kill-switch.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL, PART_OF_INSTALLATION } from '../world/labels.ts'
import type { ChildName } from '../world/callbot.ts'
import { projectChild, type CachedChild } from './child-projection.ts'
import { createDrillCache } from './drill-cache.ts'
import { createNumberHolders, type NumberHolders } from './number-holders.ts'
import * as project from './projections.ts'
import { createPolicies, createRecords } from './retention-caches.ts'
import type { CachedPolicy, CachedRecords } from './retention-projections.ts'
import { createTaken, type Taken } from './taken.ts'
import { keyOf, type Base, type Wake } from './wake.ts'

/** Everything that the operator knows of the cluster, kept in step by watches. */
export interface Caches {
  bots: Informer<project.CachedBot>
  integrations: Informer<project.CachedIntegration>
  trunks: Informer<project.CachedTrunks>
  /** The pods of the edges. */
  edges: Informer<project.CachedPod>
  /** All pods of the installation's own. Absent: it may run anywhere. */
  parts: Informer<project.CachedPod> | undefined
  retentionPolicies: Informer<CachedPolicy>
  failoverDrills: Informer<project.CachedDrill>
  /** The ConfigMap that stops every drill, if it is there. */
  killSwitch: Informer<project.CachedKillSwitch>
  children: Record<Exclude<ChildName, 'deployment'>, Informer<CachedChild>> & {
    deployment: Informer<project.CachedDeployment>
  }
  /** What writes the records of a namespace. Absent: the installation keeps none. */
  records: Informer<CachedRecords> | undefined
  routes: Informer<project.CachedRoute>
  pods: Informer<project.CachedPod>
  nodes: Informer<project.CachedNode>
  /** What bots take of what all namespaces share. */
  taken: Taken
  /** Whose each number is. */
  holders: NumberHolders
  all: Informer<Cached>[]
}

export interface CacheOptions {
  transport: Transport
  log: Log
  operatorNamespace: string
  /** Whether the installation keeps call records. */
  hasStore: boolean
  /** Whether placement says where the installation runs. */
  isPlaced: boolean
  /** Numbers that are kept for some namespaces. */
  reservations: readonly Reservation[]
  wake: Wake
}

export function createCaches(o: CacheOptions): Caches {
  const base = { transport: o.transport, log: o.log }
  const ours = { ...base, labelSelector: `${MANAGED_BY_LABEL}=${MANAGER}` }
  const taken: Taken = createTaken({
    bot: (namespace, name) => bots.get(namespace, name),
    route: (namespace, name) => routes.get(o.operatorNamespace, routeName(namespace, name)),
    deployment: (namespace, name) => deployment.get(namespace, name),
  })
  const holders = createNumberHolders((number) => bots.byIndex('number', number), o.reservations)
  const bots: Informer<project.CachedBot> = createBots(base, o.wake, { taken, holders })
  const integrations = createIntegrations(base, bots, o.wake)
  const failoverDrills = createDrillCache(base, o.wake)
  const child = (resource: Resource) =>
    createInformer({ ...ours, resource, project: projectChild, onChange: wakeOwner(o.wake) })
  const deployment = createDeployments(ours, o.wake, taken)
  /** What is published to the edges lies in our own namespace. */
  const published = (component: string) => ({
    ...ours,
    labelSelector: `${ours.labelSelector},${COMPONENT_LABEL}=${component}`,
    namespace: o.operatorNamespace,
    resource: resources.configMaps,
  })
  const routes = createRoutes(published('route'), o.wake, taken)
  const retentionPolicies = createPolicies(base, bots, o.wake)
  const wakePolicies = (namespace: string) => {
    for (const policy of retentionPolicies.byIndex('namespace', namespace))
      o.wake.object('RetentionPolicy', keyOf(policy), 'soon')
  }
  const caches = {
    bots,
    integrations,
    retentionPolicies,
    records: o.hasStore ? createRecords(ours, bots, o.wake, wakePolicies) : undefined,
    failoverDrills,
    killSwitch: createKillSwitch({ ...base, namespace: o.operatorNamespace }, integrations, o.wake),
    children: {
      deployment,
      service: child(resources.services),
      podDisruptionBudget: child(resources.podDisruptionBudgets),
      networkPolicy: child(resources.networkPolicies),
    },
    routes,
    trunks: createInformer({
      ...published('trunks'),
      project: project.projectTrunks,
      onChange: (before, after) => o.wake.object('Integration', (after ?? before)!.integrationKey, 'soon'),
    }),
    edges: createEdges({ ...base, namespace: o.operatorNamespace }, o.wake),
    parts: o.isPlaced ? createParts({ ...base, namespace: o.operatorNamespace }, o.wake) : undefined,
    pods: createPods(ours, o.wake, wakePolicies),
    nodes: createNodes(base, o.wake),
  }
  const { children, ...rest } = caches
  const all = [...Object.values(rest), ...Object.values(children)].filter((each) => each !== undefined)
  return { ...caches, taken, holders, all: all as unknown as Informer<Cached>[] }
}

function createBots(
  base: Base,
  wake: Wake,
  { taken, holders }: Pick<Caches, 'taken' | 'holders'>,
): Informer<project.CachedBot> {
  const bots: Informer<project.CachedBot> = createInformer<project.CachedBot>({
    ...base,
    resource: CALLBOTS,
    project: (raw) => project.projectBot(raw, bots.get(raw.metadata.namespace ?? '', raw.metadata.name)),
    indexes: {
      number: (bot) => bot.spec.numbers,
      namespace: (bot) => [bot.namespace],
      integration: integrationsOf,
      fallback: (bot) => [`${bot.namespace}/${bot.spec.fallback.integrationRef.name}`],
    },
    onChange(before, after) {
      taken.botChanged(before, after)
      const moved = holders.botChanged(before, after)
      const bot = (after ?? before)!
      // Our own status writes come back as changes too: nothing to do about them.
      if (before?.generation === after?.generation && before?.uid === after?.uid) return
      wake.object('Callbot', keyOf(bot), 'urgent')
      const [had, has] = [before, after].map((side) => side?.spec.retentionPolicyRef?.name)
      if (had !== has) wake.pods(bot.namespace)
      for (const name of had === has ? [] : [had, has])
        if (name !== undefined) wake.object('RetentionPolicy', `${bot.namespace}/${name}`, 'soon')
      wakeRivals(bots, bot, moved, wake)
      const [were, are] = [before, after].map((side) => (side === undefined ? [] : integrationsOf(side)))
      for (const key of were!) if (!are!.includes(key)) wake.object('Integration', key, 'soon')
      for (const key of are!) if (!were!.includes(key)) wake.object('Integration', key, 'soon')
    },
  })
  return bots
}

/** The keys of the Integrations that a bot names. */
const integrationsOf = ({ namespace, spec }: project.CachedBot) =>
  spec.integrationRefs.map(({ name }) => `${namespace}/${name}`)

/**
 * Of numbers that are another bot's than before, whoever claims them hears of it. Where the holder is the same nobody does: hundreds of bots that
 * claim the same number would wake one another with each change of one.
 */
function wakeRivals(
  bots: Informer<project.CachedBot>,
  bot: project.CachedBot,
  moved: readonly string[],
  wake: Wake,
): void {
  for (const number of moved)
    for (const rival of bots.byIndex('number', number))
      if (rival.uid !== bot.uid) wake.object('Callbot', keyOf(rival), 'soon')
}

/** Bots take part in what their Integrations are: pods receive them, and the emergency number goes through one. */
function createIntegrations(base: Base, bots: Informer<project.CachedBot>, wake: Wake) {
  return createInformer<project.CachedIntegration>({
    ...base,
    resource: INTEGRATIONS,
    project: project.projectIntegration,
    onChange(before, after) {
      const isSame = before?.uid === after?.uid && before?.generation === after?.generation
      const key = keyOf((after ?? before)!)
      // Our own status writes come back as changes too: of them only the end of a drill is news, for the bots.
      const isShown = before?.status?.lastDrill?.name === after?.status?.lastDrill?.name
      if (!isSame || before?.failbackTo !== after?.failbackTo) wake.object('Integration', key, 'urgent')
      if (isSame && isShown) return
      for (const bot of bots.byIndex('integration', key)) wake.object('Callbot', keyOf(bot), 'soon')
    },
  })
}

function createKillSwitch(
  base: Base & { namespace: string },
  integrations: Informer<project.CachedIntegration>,
  wake: Wake,
): Informer<project.CachedKillSwitch> {
  return createInformer<project.CachedKillSwitch>({
    ...base,
    fieldSelector: `metadata.name=${KILL_SWITCH}`,
    resource: resources.configMaps,
    project: project.projectKillSwitch,
    onChange(before, after) {
      if (before?.isOn === after?.isOn) return
      for (const each of integrations.list()) if (each.drill) wake.object('Integration', keyOf(each), 'soon')
    },
  })
}

function createDeployments(base: Base, wake: Wake, taken: Taken) {
  const wakeBot = wakeOwner(wake)
  return createInformer({
    ...base,
    resource: resources.deployments,
    project: project.projectDeployment,
    onChange(before, after) {
      taken.deploymentChanged(before, after)
      wakeBot(before, after)
    },
  })
}

function createRoutes(published: Base & { namespace: string; resource: Resource }, wake: Wake, taken: Taken) {
  return createInformer({
    ...published,
    project: project.projectRoute,
    onChange(before, after) {
      taken.routeChanged(before, after)
      wake.object('Callbot', (after ?? before)!.botKey, 'soon')
    },
  })
}

function wakeOwner(wake: Wake) {
  return (before: CachedChild | undefined, after: CachedChild | undefined) => {
    if (before?.applied !== after?.applied) wake.object('Callbot', keyOf((after ?? before)!), 'soon')
  }
}

function createEdges(base: Base & { namespace: string }, wake: Wake) {
  return createInformer({
    ...base,
    labelSelector: `${COMPONENT_LABEL}=edge`,
    resource: resources.pods,
    project: project.projectPod,
    onChange(before, after) {
      // The first edge and the last: whether an emergency number can be called is asked from now on, or no more.
      if (before === undefined || after === undefined) wake.everyBot()
    },
  })
}

function createParts(base: Base & { namespace: string }, wake: Wake) {
  return createInformer({
    ...base,
    labelSelector: PART_OF_INSTALLATION,
    resource: resources.pods,
    project: project.projectPod,
    onChange(before, after) {
      if (before?.node !== after?.node) wake.everyBot()
    },
  })
}

function createPods(base: Base, wake: Wake, wakePolicies: (namespace: string) => void) {
  return createInformer({
    ...base,
    resource: resources.pods,
    project: project.projectPod,
    indexes: { bot: (pod) => [`${pod.namespace}/${pod.bot}`], node: (pod) => [pod.node] },
    onChange(before, after) {
      const pod = (after ?? before)!
      if (pod.bot !== '') wake.object('Callbot', `${pod.namespace}/${pod.bot}`, 'soon')
      // Of ours only those that write records are no bot's.
      else if (before?.ready !== after?.ready) wakePolicies(pod.namespace)
    },
  })
}

function createNodes(base: Base, wake: Wake) {
  return createInformer({
    ...base,
    resource: resources.nodes,
    project: project.projectNode,
    onChange(before, after) {
      const isSame = before?.ready === after?.ready && before?.zone === after?.zone && before?.labels === after?.labels
      if (!isSame) wake.everyBot()
    },
  })
}
