import { identity, projectChild, type CachedChild } from './child-projection.ts'
import { addressesOfNode } from './node-addresses.ts'
import type { CallbotSpec, CallbotStatus } from '../../api/callbot.ts'
import { runFieldsOf } from '../../api/drill-run.ts'
import type { FailoverDrillSpec, FailoverDrillStatus } from '../../api/failover-drill.ts'
import type { IntegrationSpec, IntegrationStatus } from '../../api/integration.ts'
import type { Cached } from '../../kube/informer.ts'
import { intern, share } from '../../kube/intern.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { STOP } from '../../rules/drill/kill-switch.ts'
import { testOperationOf } from '../../rules/http/test-operation.ts'
import { isPlacementLabel, type PlacementLabels } from '../../rules/placement.ts'
import { parseRoute } from '../../rules/route.ts'
import { NO_ZONE } from '../../rules/zone-health.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts, PublishedTrunks } from '../world/integration.ts'
import { configurationFacts } from '../render/bot-configuration.ts'
import { BOT_VOLUME, DELETION_COST, LEAVES_FIRST } from '../render/manifest.ts'
import { BOT_LABEL, INTEGRATION_LABEL, ZONE_LABEL } from '../world/labels.ts'
import { trunkAmounts } from '../../rules/shares.ts'
import { parseTrunks } from '../../rules/trunks.ts'
import { integrationConfigurationFacts } from '../render/bot-configuration-integrations.ts'
import { byRole, declaredTrunks, FAILBACK, SINCE } from '../render/edge-trunks.ts'
import type { BotFacts, BotSpec, ConfigurationFacts, DeploymentFacts, PodFacts, RouteFacts } from '../world/callbot.ts'

/*
 * What is kept of each object. Everything else of it is let go at once: whole objects of 5,000 bots would take a
 * gigabyte, this takes a few megabytes.
 */

export type CachedBot = Cached & BotFacts
export type CachedDeployment = CachedChild & DeploymentFacts
export interface CachedRoute extends CachedChild, RouteFacts {
  botKey: string
  /** How many it has. */
  numbers: number
}
export interface CachedPod extends Cached, Omit<PodFacts, 'name' | 'uid' | 'zone' | 'calls' | 'placed'> {
  bot: string
  node: string
  ip: string | undefined
}
export type CachedIntegration = Cached & IntegrationFacts
export type CachedTrunks = CachedChild & PublishedTrunks & { integrationKey: string }
export type CachedDrill = Cached & FailoverDrillFacts
export interface CachedKillSwitch extends Cached {
  isOn: boolean
}
export interface CachedNode extends Cached {
  /** NO_ZONE without the label. */
  zone: string
  ready: boolean
  /** Zone, region and certifications; one and the same object while they do not change. */
  labels: PlacementLabels
  /** Addresses and ranges of pods. */
  addresses: readonly string[]
}

/*
 * Of objects that there are by the thousand all members are written out: a spread would keep those beyond the first few
 * in a second object behind each.
 */

/** The API server has checked the spec and filled in its defaults. What the web service can do is left out: it is large. */
export function projectIntegration(raw: Raw): CachedIntegration {
  const spec = raw.spec as IntegrationSpec
  const { digest, ...told } = integrationConfigurationFacts(spec)
  return {
    ...identity(raw),
    generation: raw.metadata.generation ?? 0,
    createdAt: Date.parse(raw.metadata.creationTimestamp ?? '') || 0,
    criticality: spec.criticality,
    trunks: share(spec.sip && declaredTrunks(spec.sip)),
    endpoints: share((spec.http?.endpoints ?? []).map(({ name, role }) => ({ name, role })).sort(byRole)),
    failbackTo: raw.metadata.annotations?.[FAILBACK],
    testCall: share(spec.sip?.testCall),
    testOperation: share(testOperationOf(spec.http)),
    drill: share(spec.drill),
    configuration: { digest, ...share(told) },
    status: raw.status as IntegrationStatus | undefined,
  }
}

export function projectTrunks(raw: Raw): CachedTrunks {
  const annotations = raw.metadata.annotations ?? {}
  const trunks = parseTrunks(dataOf(raw, 'trunks'))?.trunks ?? []
  return {
    ...projectChild(raw),
    integrationKey: `${annotations['callbots.dev/namespace'] ?? ''}/${raw.metadata.labels?.[INTEGRATION_LABEL] ?? ''}`,
    integrationUid: annotations['callbots.dev/integration-uid'] ?? '',
    epoch: Number(annotations['callbots.dev/epoch'] ?? 0),
    since: share(readSince(annotations[SINCE])),
    held: share(Object.fromEntries(trunks.flatMap(({ host, held }) => (held === undefined ? [] : [[host, held]])))),
    amounts: share(trunkAmounts(trunks)),
  }
}

const dataOf = (raw: Raw, key: string) => (raw['data'] as Record<string, string> | undefined)?.[key] ?? ''

/** Ours alone to write; what can't be read is as if it had not been published before. */
function readSince(text = '{}'): Record<string, number> {
  try {
    const found = Object.entries(JSON.parse(text) as Record<string, unknown>)
    return Object.fromEntries(found.filter((each): each is [string, number] => Number.isSafeInteger(each[1])))
  } catch {
    return {}
  }
}

export function projectDrill(raw: Raw): CachedDrill {
  const { side, scenario, desiredState, integrationRef, trigger, ...spec } = raw.spec as FailoverDrillSpec
  const { creationTimestamp, generation = 0, ownerReferences } = raw.metadata
  return {
    ...identity(raw),
    ...{ generation, side, scenario, desiredState, integration: integrationRef.name },
    ...runFieldsOf(spec),
    createdAt: Date.parse(creationTimestamp ?? ''),
    ownerUid: ownerReferences?.find(({ controller }) => controller)?.uid ?? '',
    slot: trigger.slot === undefined ? undefined : Date.parse(trigger.slot),
    status: raw.status as FailoverDrillStatus | undefined,
  }
}

/** Anything but "false" stops drills: a typing error must not let one run. */
export const projectKillSwitch = (raw: Raw): CachedKillSwitch => ({
  ...identity(raw),
  isOn: (raw['data'] as Record<string, string> | undefined)?.[STOP] !== 'false',
})

/**
 * The API server has checked the spec and filled in its defaults. A status write leaves the generation as it was: then
 * the spec at hand is kept, so that the memory of the new one can go.
 */
export function projectBot(raw: Raw, known: CachedBot | undefined): CachedBot {
  const { uid, generation = 0, deletionTimestamp, creationTimestamp } = raw.metadata
  const same = known?.uid === uid && known?.generation === generation ? known : undefined
  const spec = raw.spec as CallbotSpec
  const { namespace, name, resourceVersion } = identity(raw)
  return {
    namespace,
    name,
    uid: uid ?? '',
    resourceVersion,
    generation,
    deleting: deletionTimestamp !== undefined,
    createdAt: Date.parse(creationTimestamp ?? ''),
    spec: same?.spec ?? pickSpec(spec),
    configuration: same?.configuration ?? slimConfiguration(configurationFacts(spec)),
    status: raw.status === undefined ? undefined : slimStatus(raw.status as CallbotStatus),
  }
}

function pickSpec(spec: CallbotSpec): BotSpec {
  const { numbers, capacity, zones, drain, integrationRefs, media, fallback, retentionPolicyRef } = spec
  return {
    numbers,
    capacity: share(capacity),
    zones: share(zones),
    drain: share(drain),
    integrationRefs: share(integrationRefs),
    media: share(media),
    fallback: share(fallback),
    retentionPolicyRef: share(retentionPolicyRef),
    slo: share(spec.slo),
    placement: share(spec.placement),
  }
}

function slimConfiguration({ digest, ...rest }: ConfigurationFacts): ConfigurationFacts {
  const { flowRef, secrets, providerPorts } = rest
  return { digest, flowRef, secrets: share(secrets), providerPorts: share(providerPorts) }
}

/** The same values, most of them shared: thousands of bots are well in the same words. */
function slimStatus(status: CallbotStatus): CallbotStatus {
  const { certificate } = status
  return {
    ...status,
    conditions: status.conditions?.map(share),
    zones: share(status.zones),
    ...(certificate && {
      certificate: { ...certificate, issuer: intern(certificate.issuer), bundle: intern(certificate.bundle) },
    }),
  }
}

export const projectDeployment = (raw: Raw): CachedDeployment => ({
  ...projectChild(raw),
  replicas: (raw.spec as { replicas?: number } | undefined)?.replicas ?? 1,
})

export function projectRoute(raw: Raw): CachedRoute {
  const annotations = raw.metadata.annotations ?? {}
  const { namespace, name, uid, resourceVersion, ownerUid, applied } = projectChild(raw)
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    ownerUid,
    applied,
    botKey: `${annotations['callbots.dev/namespace'] ?? ''}/${raw.metadata.labels?.[BOT_LABEL] ?? ''}`,
    numbers: numbersIn(raw),
    callbotUid: intern(annotations['callbots.dev/callbot-uid'] ?? ''),
    epoch: Number(annotations['callbots.dev/epoch'] ?? 0),
  }
}

/** Ours alone to write; one that can't be read takes no room: no edge carries it. */
const numbersIn = (raw: Raw) => parseRoute(dataOf(raw, 'route'))?.numbers.length ?? 0

interface RawCondition {
  type: string
  status: string
  lastTransitionTime?: string
}

const conditionOf = (raw: Raw, type: string): RawCondition | undefined =>
  ((raw.status as { conditions?: RawCondition[] } | undefined)?.conditions ?? []).find((each) => each.type === type)

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed'])

export function projectPod(raw: Raw): CachedPod {
  const spec = raw.spec as { nodeName?: string; volumes?: { name: string; configMap?: { name: string } }[] }
  const status = raw.status as { phase?: string; podIP?: string } | undefined
  const scheduled = conditionOf(raw, 'PodScheduled')
  const sandboxReady = conditionOf(raw, 'PodReadyToStartContainers')?.status === 'True'
  const waits = status?.phase === 'Pending' && scheduled?.status === 'True' && !sandboxReady
  const { namespace, name, uid, resourceVersion } = identity(raw)
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    bot: intern(raw.metadata.labels?.[BOT_LABEL] ?? ''),
    node: intern(spec.nodeName ?? ''),
    ip: status?.podIP,
    // Without an address nobody can call it.
    running: status?.phase === 'Running' && status.podIP !== undefined,
    ready: conditionOf(raw, 'Ready')?.status === 'True',
    // One that has ended is replaced as well, and counts nowhere.
    terminating: raw.metadata.deletionTimestamp !== undefined || ENDED.has(status?.phase ?? ''),
    waitingForVolumesSince: waits ? Date.parse(scheduled.lastTransitionTime ?? '') : undefined,
    configuration: intern(spec.volumes?.find(({ name }) => name === BOT_VOLUME)?.configMap?.name),
    revision: intern(raw.metadata.labels?.['pod-template-hash']),
    marked: raw.metadata.annotations?.[DELETION_COST] === LEAVES_FIRST,
  }
}

export function projectNode(raw: Raw): CachedNode {
  const zone = raw.metadata.labels?.[ZONE_LABEL]
  const placementLabels = Object.entries(raw.metadata.labels ?? {}).filter(
    ([key]) => key === ZONE_LABEL || isPlacementLabel(key),
  )
  return {
    ...identity(raw),
    zone: zone === undefined ? NO_ZONE : intern(zone),
    ready: conditionOf(raw, 'Ready')?.status === 'True',
    labels: share(Object.fromEntries(placementLabels.sort())),
    addresses: addressesOfNode(raw),
  }
}
