import type { EgressValues } from '../../rules/egress.ts'
import type { CallbotSpec, CallbotStatus } from '../../api/callbot.ts'
import type { AuthorityFacts } from '../../pki/certificate-renewal.ts'
import type { CallsFacts } from '../../rules/call-statistics.ts'
import type { Demand } from '../../rules/scaling/demand.ts'
import type { ScaleDownCandidate } from '../../rules/scaling/scale-down.ts'
import type { Allowance, Beyond, ShareSettings } from '../../rules/shares.ts'
import type { Placement, PlacementLabels } from '../../rules/placement.ts'
import type { NumberClaim, Reservation } from '../../rules/number-claims.ts'
import type { PolicyEvidence } from '../../rules/closed-port.ts'
import type { CallPolicy } from '../../rules/policy-order.ts'
import type { ObservedEdge } from '../../rules/route-on-edges.ts'
import type { ObservedRoute } from '../../rules/route-status.ts'
import type { ZoneFacts } from '../../rules/zone-health.ts'
import type { PodScheduling } from './pod-scheduling.ts'

/** The part of a Callbot's spec that the operator acts upon: the dialog stays out of its memory. */
export type BotSpec = Pick<
  CallbotSpec,
  | 'numbers'
  | 'capacity'
  | 'zones'
  | 'drain'
  | 'integrationRefs'
  | 'media'
  | 'fallback'
  | 'retentionPolicyRef'
  | 'slo'
  | 'placement'
>

/** A Secret of the user's that pods mount and the operator never reads. */
export interface MountedSecret {
  name: string
  keys: string[] | 'all'
}

/** What is known of the rest of the spec, which goes to the pods as their configuration. */
export interface ConfigurationFacts {
  /** Fingerprint of all of it. */
  digest: string
  /** The user's ConfigMap with the dialog. */
  flowRef: { name: string; key: string } | undefined
  secrets: MountedSecret[]
  /** TCP ports of servers outside: speech, language models, clients' web services. */
  providerPorts: number[]
  /** Fingerprint of what the Integrations add that the bot names. */
  integrations?: string
}

/** Where call records are stored. */
export interface DatabaseSettings {
  /** Others run it: the chart did not install one. */
  readonly isOutside: boolean
}

/** Installation-wide facts that the renderers need. */
export interface Settings {
  /** Image of the bot pods. */
  image: string
  /** Of `callbot-records`, whose version is that of the store and not that of bots. */
  recordsImage: string
  operatorNamespace: string
  /** When to renew a certificate, as a share of its lifetime. */
  renewAtFraction: number
  /** From where and to where calls' voice goes, as CIDRs; empty: anywhere. */
  mediaCidrs: readonly string[]
  /** Media passes the edges: bots hear nobody else. */
  mediaByEdges: boolean
  /** Of all pods that the operator creates. */
  scheduling: PodScheduling
  /** Where all pods of the installation run, and all servers of bots are. */
  placement: Placement
  /** Where bots send nothing to, as CIDRs, besides what leads to no other host. */
  deniedCidrs: readonly string[]
  /** Where else programs connect to on behalf of tenants. */
  egress: EgressValues
  /** Numbers that are kept for some namespaces. */
  reservations: readonly Reservation[]
  /** What each namespace may have of what all share. */
  shares: ShareSettings
  /** That of call records; undefined: none are kept. */
  database: DatabaseSettings | undefined
  /** For how long a generation of root keys seals records, in seconds. */
  rootKeySeconds: number
}

export interface BotFacts {
  namespace: string
  name: string
  uid: string
  /** Epoch milliseconds, by the API server's clock, in whole seconds. */
  createdAt: number
  generation: number
  deleting: boolean
  spec: BotSpec
  configuration: ConfigurationFacts
  status: CallbotStatus | undefined
}

/** What is there of a child. `applied` is the fingerprint of the fields that we own in it. */
export interface ChildFacts {
  uid: string
  ownerUid: string | undefined
  applied: string
}

export interface RouteFacts extends ChildFacts {
  resourceVersion: string
  callbotUid: string
  epoch: number
}

export interface DeploymentFacts extends ChildFacts {
  /** Pods that it asks for. */
  replicas: number
}

export interface PodFacts extends ScaleDownCandidate {
  uid: string
  /** Waits for its volumes since this time (epoch milliseconds): its Secret may be missing. */
  waitingForVolumesSince: number | undefined
  /** Name of the ConfigMap that it was made with. */
  configuration: string | undefined
  /** Which template of the Deployment it was made from. */
  revision: string | undefined
}

/** A pod to be written to: this one, and no successor. */
export type PodRef = Pick<PodFacts, 'name' | 'uid'>

export type ChildName = 'deployment' | 'service' | 'podDisruptionBudget' | 'networkPolicy'

/**
 * The route of the emergency number. NoEdges: the installation has none. NoTrunks: its Integration has no telephone system.
 * Unasked: not all edges were asked yet. Else by which trunk calls would go now, or None when none answers.
 */
export type EmergencyRoute = 'NoEdges' | 'NoTrunks' | 'Unasked' | ObservedRoute['role']

/** What its namespace leaves a bot of what all namespaces share. */
export interface BotShare {
  /** Why the bot and its numbers, as the spec has them now, are more than that. Undefined: they are not. */
  beyond: Beyond | undefined
  /** How many pods it may have. */
  pods: Allowance
  /** Until it is asked again whether there is room. */
  againSeconds: number
}

/** An edge that takes no calls, and why. */
export interface EdgeObstacle {
  /** Of its pod. */
  edge: string
  because: string
}

/** A pod on a node: of the bot, or of the installation and so on the way of its calls. */
export interface PlacedPod {
  name: string
  node: string
  /** Of its node. */
  labels: PlacementLabels
  isOwn: boolean
}

/** Everything that a decision on one Callbot rests upon, read once. */
export interface World {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  settings: Settings
  namespace: string
  name: string
  /** Absent when the Callbot was deleted. */
  bot: BotFacts | undefined
  children: Partial<Record<Exclude<ChildName, 'deployment'>, ChildFacts> & { deployment: DeploymentFacts }>
  share: BotShare
  route: RouteFacts | undefined
  /** What each edge told of the route. Undefined: it is not known yet which edges there are. */
  edges: readonly ObservedEdge[] | 'NoEdges' | undefined
  pods: PodFacts[]
  /** What the bot's pods told of its calls; absent until one did. */
  calls: CallsFacts | undefined
  /** What callers ask of it, as fresh as can be; absent until a pod has reported. */
  demand: Demand | undefined
  zones: ZoneFacts[]
  /** Empty where placement requires nothing. */
  placed: readonly PlacedPod[]
  /** Of all nodes, with their zones, each set once. Empty where placement requires nothing. */
  nodeLabels: readonly PlacementLabels[]
  policyEvidence: PolicyEvidence
  /** Undefined: there are no edges, or they were not asked yet. */
  edgeObstacles: readonly EdgeObstacle[] | undefined
  /** Absent until the operator's CA is there. */
  authority: AuthorityFacts | undefined
  missingIntegrations: string[]
  emergency: EmergencyRoute
  /** The newest finished drill of its Integrations. */
  lastDrill?: CallbotStatus['lastDrill']
  /** The policy that it names is not there, or not in force. */
  retentionPolicyMissing: boolean
  /** It is there, and more than the namespace may have. */
  retentionPolicyRefused: boolean
  /** What its calls go by. */
  policy: CallPolicy
  /** The claims that decide on this bot's numbers: for each that of the bot that holds it, at least. */
  claims: NumberClaim[]
}
