import type { CallbotSpec, CallbotStatus } from '../api/callbot.ts'
import type { AuthorityFacts } from '../rules/certificate.ts'
import type { CallsFacts } from '../rules/calls.ts'
import type { NumberClaim } from '../rules/numbers.ts'
import type { ZoneFacts } from '../rules/zones.ts'

/** The part of a Callbot's spec that the operator acts upon: the dialog stays out of its memory. */
export type BotSpec = Pick<
  CallbotSpec,
  'numbers' | 'capacity' | 'zones' | 'drain' | 'integrationRefs' | 'fallback' | 'retentionPolicyRef' | 'placement'
>

/** A Secret of the user's that pods mount and the operator never reads. */
export interface MountedSecret {
  name: string
  keys: string[]
}

/** What is known of the rest of the spec, which goes to the pods as their configuration. */
export interface ConfigurationFacts {
  /** Fingerprint of all of it. */
  digest: string
  /** The user's ConfigMap with the dialog. */
  dialogRef: { name: string; key: string } | undefined
  secrets: MountedSecret[]
  /** TCP ports of the speech and language servers outside. */
  providerPorts: number[]
}

/** Installation-wide facts that the renderers need. */
export interface Settings {
  /** Image of the bot pods. */
  image: string
  operatorNamespace: string
  /** When to renew a certificate, as a share of its lifetime. */
  renewAtFraction: number
  /** From where and to where calls' voice goes, as CIDRs; empty: anywhere. */
  mediaCidrs: readonly string[]
}

export interface BotFacts {
  namespace: string
  name: string
  uid: string
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

export interface PodFacts {
  name: string
  zone: string | undefined
  ready: boolean
  terminating: boolean
  /** Waits for its volumes since this time (epoch milliseconds): its Secret may be missing. */
  waitingForVolumesSince: number | undefined
  /** Name of the ConfigMap that it was made with. */
  configuration: string | undefined
}

export type ChildName = 'deployment' | 'service' | 'podDisruptionBudget' | 'networkPolicy'

/** Everything that a decision on one Callbot rests upon, read once. */
export interface World {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  settings: Settings
  namespace: string
  name: string
  /** Absent when the Callbot is gone. */
  bot: BotFacts | undefined
  children: Partial<Record<ChildName, ChildFacts>>
  route: RouteFacts | undefined
  pods: PodFacts[]
  /** What the bot's pods told of its calls; absent until one did. */
  calls: CallsFacts | undefined
  zones: ZoneFacts[]
  /** Absent until the operator's CA is there. */
  authority: AuthorityFacts | undefined
  missingIntegrations: string[]
  retentionPolicyMissing: boolean
  /** The fields that the bot's RetentionPolicy lets it collect; absent without a policy. */
  collect: readonly string[] | undefined
  /** Every bot's claims on this bot's numbers. */
  claims: NumberClaim[]
}
