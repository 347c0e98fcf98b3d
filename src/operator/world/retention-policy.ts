import type { RetentionPolicySpec, RetentionPolicyStatus } from '../../api/retention-policy.ts'
import type { AuthorityFacts, CertificateFacts } from '../../pki/certificate-renewal.ts'
import type { CallPolicy } from '../../rules/policy-order.ts'
import type { Target } from '../../rules/delivery/targets.ts'
import { keepsSomething } from '../../rules/retention/keeping.ts'
import type { RootKeys } from '../../rules/root-turn.ts'
import type { RecordsState } from '../../rules/records-state.ts'
import type { Beyond } from '../../rules/shares.ts'
import type { KeyFilesState, SweepProblem, SweptPolicy } from '../../rules/sweep-state.ts'
import type { ChildFacts, Settings } from './callbot.ts'
import type { ObjectFacts } from './object.ts'

/** What decides how long data is kept. */
export interface KeptPolicy extends Pick<RetentionPolicySpec, 'mode' | 'maxDeletionsPerRun' | 'legalHolds'> {
  /** Seconds of each class that has a rule; 0: it is never stored. */
  readonly lives: readonly { readonly class: RetentionPolicySpec['rules'][number]['class']; readonly seconds: number }[]
}

export interface RetentionPolicyFacts extends ObjectFacts<RetentionPolicyStatus> {
  /** Epoch milliseconds. */
  createdAt: number
  /** What calls go by: names of the fields that may be collected, and whether anything of a call is kept. */
  calls: CallPolicy
  kept: KeptPolicy
  /** Where its data is delivered to. Undefined: nowhere. */
  delivery: Target | undefined
}

/** Whether data of any class is stored under it. */
export const keepsData = ({ kept }: Pick<RetentionPolicyFacts, 'kept'>): boolean =>
  keepsSomething({ rules: [...kept.lives] })

/** Whether the namespace needs the program records for it. */
export const needsRecords = (policy: Pick<RetentionPolicyFacts, 'kept' | 'delivery'>): boolean =>
  keepsData(policy) || policy.delivery !== undefined

/** The StatefulSet that writes the records of a namespace. */
export interface RecordsSetFacts extends ChildFacts {
  /** What is written down of root keys; undefined: none were made. */
  rootKeys: RootKeys | undefined
  /** Of its pods; undefined: none was issued. */
  certificate: CertificateFacts | undefined
}

/** What belongs to the records of a namespace. */
export interface RecordsChildren {
  statefulSet: RecordsSetFacts | undefined
  service: ChildFacts | undefined
  networkPolicy: ChildFacts | undefined
  podDisruptionBudget: ChildFacts | undefined
}

/** What sweep said. */
export interface SweepFacts {
  /** The last run that succeeded ended so many milliseconds ago. Undefined: none did. */
  readonly sweptAgo: number | undefined
  readonly problem: SweepProblem | undefined
  /** Destroyed keys that may still be in files of the database. Undefined: none is. */
  readonly keysInFiles?: KeyFilesState | undefined
  /** Of the policy in question. Absent: sweep knows nothing of it. */
  readonly policy: SweptPolicy | undefined
}

export interface RecordsPod {
  readonly isReady: boolean
  /** What it said; undefined: it has not answered yet. */
  readonly state: RecordsState | undefined
}

/** Everything that a decision on one RetentionPolicy rests upon, read once. */
export interface RetentionPolicyWorld {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  settings: Pick<
    Settings,
    | 'recordsImage'
    | 'operatorNamespace'
    | 'renewAtFraction'
    | 'database'
    | 'scheduling'
    | 'placement'
    | 'deniedCidrs'
    | 'egress'
    | 'rootKeySeconds'
  >
  namespace: string
  /** Absent when it is gone. */
  policy: RetentionPolicyFacts | undefined
  /** Why it is more than its namespace may have, and so not in force. */
  beyond: Beyond | undefined
  /** The policies of the namespace that are in force and keep or deliver something, in the order of their names. */
  keeping: readonly { name: string; uid: string }[]
  /** Where data of the namespace is delivered, in the order of the policies. */
  targets: readonly Target[]
  children: RecordsChildren
  pods: readonly RecordsPod[]
  /** Silent: it does not answer. Unasked: it was not asked yet. */
  sweep: SweepFacts | 'Silent' | 'Unasked'
  /** Absent until the operator's CA is there. */
  authority: AuthorityFacts | undefined
  /** Whether nodes have zones, over which pods are spread. */
  isOverZones: boolean
  /** Callbots that name the policy. */
  usedBy: number
}
