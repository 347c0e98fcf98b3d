import type { CertificateFacts } from '../../pki/certificate-renewal.ts'
import type { RootKeys, Slot } from '../../rules/root-turn.ts'
import type { Manifest } from '../render/manifest.ts'
import type { KindOutcome, KindPlan } from './plan.ts'

export type RetentionPolicyStep =
  /** What is there stays as it is. */
  | { do: 'makeRootKeys'; slot: Slot; because: string }
  /** Whether they are still there. */
  | { do: 'checkRootKeys'; slots: readonly Slot[]; because: string }
  /** Their end. */
  | { do: 'removeRootKeys'; slot: Slot; because: string }
  /** One that is gone is issued again. */
  | { do: 'checkCertificate'; because: string }
  | { do: 'issueCertificate'; because: string }
  | { do: 'apply'; manifest: Manifest; because: string }
  /** The StatefulSet, with the certificate that the same plan issued, or the one of before; it has what is written down of root keys. */
  | { do: 'applyRecords'; keys: RootKeys; because: string }

export type RetentionPolicyPlan = KindPlan<RetentionPolicyStep>

export interface RetentionPolicyOutcome extends KindOutcome {
  /** Of the certificate that was issued in this cycle. */
  certificate?: CertificateFacts
  /** A Secret of root keys was made before, and is not there. */
  areKeysMissing?: boolean
}
