import type { CertificateFacts } from '../../pki/certificate-renewal.ts'
import type { Manifest } from '../render/manifest.ts'
import type { KindOutcome, KindPlan } from './plan.ts'

export type RetentionPolicyStep =
  /** Once for a namespace: what is there stays as it is. */
  | { do: 'makeRootKeys'; because: string }
  /** Whether they are still there. */
  | { do: 'checkRootKeys'; because: string }
  | { do: 'issueCertificate'; because: string }
  | { do: 'apply'; manifest: Manifest; because: string }
  /** The StatefulSet, with the certificate that the same plan issued, or the one of before. */
  | { do: 'applyRecords'; because: string }

export type RetentionPolicyPlan = KindPlan<RetentionPolicyStep>

export interface RetentionPolicyOutcome extends KindOutcome {
  /** Of the certificate that was issued in this cycle. */
  certificate?: CertificateFacts
  /** The Secret of root keys was made before, and is not there. */
  areKeysMissing?: boolean
}
