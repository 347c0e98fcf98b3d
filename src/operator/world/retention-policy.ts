import type { RetentionPolicySpec, RetentionPolicyStatus } from '../../api/retention-policy.ts'
import type { AuthorityFacts, CertificateFacts } from '../../pki/certificate-renewal.ts'
import type { CallPolicy } from '../../rules/policy-order.ts'
import { keepsSomething } from '../../rules/retention/keeping.ts'
import type { RecordsState } from '../../rules/records-state.ts'
import type { SweepProblem, SweptPolicy } from '../../rules/sweep-state.ts'
import type { ChildFacts, Settings } from './callbot.ts'
import type { ObjectFacts } from './object.ts'

/** What decides how long data is kept. */
export interface KeptPolicy extends Pick<RetentionPolicySpec, 'mode' | 'maxDeletionsPerRun' | 'legalHolds'> {
  /** Seconds of each class that has a rule; 0: it is never stored. */
  readonly lives: readonly { readonly class: RetentionPolicySpec['rules'][number]['class']; readonly seconds: number }[]
}

export interface RetentionPolicyFacts extends ObjectFacts<RetentionPolicyStatus> {
  /** What calls go by: names of the fields that may be collected, and whether anything of a call is kept. */
  calls: CallPolicy
  kept: KeptPolicy
}

/** Whether data of any class is stored under it. */
export const keepsData = ({ kept }: Pick<RetentionPolicyFacts, 'kept'>): boolean =>
  keepsSomething({ rules: [...kept.lives] })

/** The StatefulSet that writes the records of a namespace. */
export interface RecordsSetFacts extends ChildFacts {
  /** The Secret of root keys was made once. It is never made again while this is so. */
  hasRootKeys: boolean
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
  settings: Pick<Settings, 'image' | 'operatorNamespace' | 'renewAtFraction' | 'databaseHost'>
  namespace: string
  /** Absent when it is gone. */
  policy: RetentionPolicyFacts | undefined
  /** The policies of the namespace that keep something, in the order of their names. */
  keeping: readonly { name: string; uid: string }[]
  children: RecordsChildren
  pods: readonly RecordsPod[]
  /** Silent: it does not answer. Unasked: it was not asked yet. */
  sweep: SweepFacts | 'Silent' | 'Unasked'
  /** Absent until the operator's CA is there. */
  authority: AuthorityFacts | undefined
  /** Callbots that name the policy. */
  usedBy: number
}
