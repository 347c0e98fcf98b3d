import type { BotIntegration } from '../../api/bot-configuration.ts'
import type { IntegrationSpec, IntegrationStatus } from '../../api/integration.ts'
import type { HeldAddresses, ReportedAddress } from '../../rules/held-addresses.ts'
import type { TestOperation } from '../../rules/http/test-operation.ts'
import type { Amounts, Beyond } from '../../rules/shares.ts'
import type { TrunkGroup } from '../../rules/trunks.ts'
import type { DeclaredPart, ObservedRoute } from '../../rules/route-status.ts'
import type { ChildFacts, Settings } from './callbot.ts'
import type { DeclaredSchedule, DrillSurroundings } from './drills.ts'

/** What edges receive, without what changes from one publication to the next. */
export type DeclaredTrunks = Omit<TrunkGroup, 'integration' | 'epoch' | 'failbackTo'>

/** What pods receive of an Integration, as far as the operator has to know it: the whole goes into their configuration. */
export interface IntegrationConfigurationFacts {
  /** Fingerprint of all of it. */
  digest: string
  /** Secrets that the pods of a bot read for it. */
  secrets: string[]
  /** TCP ports of the client's web service. */
  ports: number[]
  sip: BotIntegration['sip']
  /** There is a web service, which is read when a configuration is written: it is too large to be kept. */
  hasHttp: boolean
}

export interface IntegrationFacts {
  namespace: string
  name: string
  uid: string
  /** In which it was read. */
  resourceVersion: string
  generation: number
  /** Epoch milliseconds, by the API server's clock, in whole seconds. */
  createdAt: number
  criticality: IntegrationSpec['criticality']
  /** Absent: it has no telephone system. */
  trunks: DeclaredTrunks | undefined
  /** None: it has no web service. */
  endpoints: DeclaredPart[]
  /** The trunk to which a person wants calls to return (annotation callbots.dev/failback). */
  failbackTo: string | undefined
  /** Where the test calls of drills go. Absent: nowhere. */
  testCall: NonNullable<IntegrationSpec['sip']>['testCall']
  /** How drills ask the web service. Absent: they can't. */
  testOperation: TestOperation | undefined
  /** When it is drilled. Absent: never by itself. */
  drill: DeclaredSchedule | undefined
  configuration: IntegrationConfigurationFacts
  status: IntegrationStatus | undefined
}

/** The trunks as they are published now. */
export interface PublishedTrunks extends ChildFacts {
  integrationUid: string
  epoch: number
  /** By host, the epoch with which it was published first. */
  since: Readonly<Record<string, number>>
  /** By host, the addresses that edges call. */
  held: HeldAddresses
  /** What it takes of the tables of the edges. */
  amounts: Amounts
}

/** Why trunks are more than a namespace may have. */
export interface TrunksBeyond extends Beyond {
  /** Until it is asked again whether there is room. */
  againSeconds: number
}

/** Everything that a decision on one Integration rests upon, read once. */
export interface IntegrationWorld {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  settings: Pick<Settings, 'operatorNamespace'>
  namespace: string
  name: string
  /** Absent when the Integration was deleted. */
  integration: IntegrationFacts | undefined
  published: PublishedTrunks | undefined
  /** Why its trunks, as the spec has them now, are more than its namespace may have. Undefined: they are not. */
  beyond: TrunksBeyond | undefined
  /** What edges say of the addresses of its trunks. Undefined: not all were asked yet. */
  called: readonly ReportedAddress[] | undefined
  /** What edges say of the trunks. Undefined: not all were asked yet, and a part of the truth would look like a change. */
  sip: ObservedRoute | undefined
  /** What pods say of the endpoints; undefined as above. */
  http: ObservedRoute | undefined
  /** How many Callbots name it. */
  usedBy: number
  surroundings: DrillSurroundings
}
