import type { AuthorityFacts } from '../../pki/certificate-renewal.ts'
import type { CallsFacts } from '../../rules/call-statistics.ts'
import type { PolicyEvidence } from '../../rules/closed-port.ts'
import type { ObservedEdge } from '../../rules/route-on-edges.ts'
import type { PodObservations } from '../../rules/part-state.ts'
import type { RouteObserver } from '../../rules/route-status.ts'
import type { DrillWitness } from '../../rules/drill/preflight.ts'
import type { Demand } from '../../rules/scaling/demand.ts'
import type { DrillState } from '../../api/failover-drill-status.ts'
import type { Settings } from '../world/callbot.ts'
import type { RememberedRun } from '../world/failover-drill.ts'
import type { Caches } from './caches.ts'
import type { EdgeObstacle } from '../world/callbot.ts'
import type { AreIdle } from './idle-check.ts'
import type { RoutesStore } from './routes.ts'
import type { PolicyShares } from './policy-shares.ts'
import type { TrunkShares } from './trunk-shares.ts'
import type { StoreSources } from './store-poller.ts'

/** Who sees the ways to bots and to clients' systems. */
export interface RouteSources {
  /** What edges told of a bot's route. Undefined: it is not known yet which edges there are. */
  routes: (bot: string) => readonly ObservedEdge[] | undefined
  /** What edges say of an Integration's trunks. Undefined: not all of them were asked yet. */
  edges: (integration: string) => RouteObserver[] | undefined
  /** What pods of a bot say of the endpoints of its Integrations, by name. Undefined: not all of them were asked yet. */
  pods: (bot: string) => PodObservations[] | undefined
  /** What each edge that answers says of an Integration's trunks, with its calls. Undefined: not all of them were asked yet. */
  witnesses: (integration: string) => DrillWitness[] | undefined
  /** Our clock less that of the API server, in milliseconds. Undefined: never compared. */
  clockSkew: () => number | undefined
}

/** What is known of the drills that this replica runs. */
export interface DrillRuns {
  /** Undefined: it has not begun this one. */
  recall: (uid: string) => RememberedRun | undefined
  /** A state was decided on, and is being persisted. */
  enter: (drill: { uid: string; namespace: string }, state: DrillState, zones: readonly string[]) => void
  /** By namespace: when its newest drill began, in monotonic milliseconds. */
  turns: () => ReadonlyMap<string, number>
  forget: (uid: string) => void
  /** Of our leadership; undefined: we do not lead. */
  term: () => number | undefined
  /** Since when, in monotonic milliseconds. */
  ledSince: () => number
  /** Monotonic milliseconds. */
  monotonic: () => number
}

/** What `observe` reads: caches, and what the operator's own questions to pods and edges found. All of it is in memory. */
export interface ObserveSources {
  caches: Caches
  settings: Settings
  authority: () => AuthorityFacts | undefined
  /** Why the trunks of an Integration are more than its namespace may have. */
  trunkShares: TrunkShares
  /** Which RetentionPolicies of a namespace are in force. */
  policyShares: PolicyShares
  /** Whether the zone answers our probes; undefined when nothing there can be probed. */
  answering: (zone: string) => boolean | undefined
  /** What the pods of a bot (`namespace/name`) told of its calls, at the pace of its status. */
  calls: (bot: string) => CallsFacts | undefined
  /** The same, as fresh as can be: what callers ask of the bot, and the live calls of one of its pods. */
  demand: (bot: string) => Demand | undefined
  callsOf: (bot: string, podUid: string) => number | undefined
  /** What trying the closed port of a bot's pods (`namespace/name`) showed. */
  policyEvidence: (bot: string) => PolicyEvidence
  /** Edges that take no calls, and why. Undefined: there are none, or they were not asked yet. */
  edgeObstacles: () => readonly EdgeObstacle[] | undefined
  routeSources: RouteSources
  drillRuns: DrillRuns
  /** Whether there is a key to sign records of drills with. */
  canSign: () => boolean
  /** What sweep and the pods that write records say. */
  storeSources: StoreSources
  /** Has edges asked for this epoch of a bot's route from now on; undefined: no more. */
  followRoute: RoutesStore['follow']
}

/** What the operator's own questions to pods and edges give to its decisions. */
export interface PolledState {
  polled: Omit<ObserveSources, 'caches' | 'settings' | 'trunkShares' | 'policyShares' | 'authority' | 'canSign'>
  areIdle: AreIdle
}
