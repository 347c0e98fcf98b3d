import type { CallbotStatus } from '../../api/callbot.ts'
import type { Manifest } from '../render/manifest.ts'
import type { PodRef } from '../world/callbot.ts'
import type { KindOutcome, KindPlan } from './plan.ts'

/** One thing to do, and why. A plan is a list of them; `apply/` does them, and nothing else writes. */
export type Step =
  /** `needs`: only when the configuration that the same plan writes is there; else `otherwise`, with the one of before. */
  | { do: 'apply'; manifest: Manifest; because: string; needs?: 'configuration'; otherwise?: Manifest }
  /** So that a ReplicaSet takes them before any other. */
  | { do: 'markPodsForRemoval'; pods: PodRef[]; because: string }
  | { do: 'unmarkPods'; pods: PodRef[]; because: string }
  /** Only when none of the pods to remove has a call at that very moment. */
  | { do: 'scaleDown'; manifest: Manifest; podsToRemove: PodRef[]; because: string }
  | { do: 'writeConfiguration'; name: string; because: string }
  | { do: 'removeConfiguration'; name: string; because: string }
  | { do: 'issueCertificate'; secretName: string; dnsNames: string[]; because: string }
  /** `numbers`: how many the route has. */
  | { do: 'publishRoute'; manifest: Manifest; epoch: number; numbers: number; because: string }
  | { do: 'withdrawRoute'; name: string; uid: string; because: string }

export type Plan = KindPlan<Step>

/** Why a configuration was not written, for people. */
export interface FlowProblem {
  /** Such as spec.dialog.inline.steps[2].ask. */
  path: string
  message: string
}

/** What came of a plan. */
export interface Outcome extends KindOutcome {
  /** The certificate that was issued in this cycle. */
  certificate?: CallbotStatus['certificate']
  /** The epoch of the route as it stands, from this cycle or an earlier one. */
  routeEpoch?: number | undefined
  /** The configuration that was written in this cycle. */
  configuration?: string
  /** Those that were removed. */
  removedConfigurations?: string[]
  /** The dialog breaks a rule, so nothing was written. */
  flowProblem?: FlowProblem
}
