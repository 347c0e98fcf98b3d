import { renewalReason, renewalTime } from '../../pki/certificate-renewal.ts'
import { renderRecordsBudget, renderRecordsNetworkPolicy, renderRecordsService } from '../render/records.ts'
import { NOTHING_TO_DO } from '../steps/plan.ts'
import type { RetentionPolicyPlan, RetentionPolicyStep } from '../steps/retention-policy.ts'
import type { RetentionPolicyWorld } from '../world/retention-policy.ts'

/** How often a namespace is looked at without an event: sweep and pods are asked elsewhere, and wake it. */
const LOOK_AGAIN_SECONDS = 120

/**
 * What the namespace of a policy needs so that its records are kept. Nothing of it is ever removed here: it goes with its policies, and the
 * root keys stay.
 */
export function planRetentionPolicy(world: RetentionPolicyWorld): RetentionPolicyPlan {
  const { settings, policy, keeping, children, authority, now } = world
  if (policy === undefined || settings.databaseHost === undefined || keeping.length === 0) return NOTHING_TO_DO
  if (authority === undefined) return { ...NOTHING_TO_DO, waitingFor: ["the operator's CA"] }
  const { statefulSet } = children
  const due = renewalReason(statefulSet?.certificate, authority, settings.renewAtFraction, now)
  const steps: RetentionPolicyStep[] = [
    statefulSet?.hasRootKeys
      ? { do: 'checkRootKeys', because: 'without them no record can be read' }
      : { do: 'makeRootKeys', because: 'the namespace keeps records for the first time' },
    ...(due === undefined ? [] : [{ do: 'issueCertificate', because: due } as const]),
    ...[renderRecordsNetworkPolicy(world), renderRecordsService(world), renderRecordsBudget(world)].map(
      (manifest) => ({ do: 'apply', manifest, because: 'it belongs to the records of the namespace' }) as const,
    ),
    { do: 'applyRecords', because: 'a policy of the namespace keeps records' },
  ]
  const renewAt = statefulSet?.certificate && renewalTime(statefulSet.certificate, settings.renewAtFraction)
  const untilRenewal = renewAt === undefined ? LOOK_AGAIN_SECONDS : Math.max(1, Math.ceil((renewAt - now) / 1_000))
  return { steps, waitingFor: [], recheckAfterSeconds: Math.min(LOOK_AGAIN_SECONDS, untilRenewal) }
}
