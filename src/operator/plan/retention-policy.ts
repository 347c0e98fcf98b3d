import { decideTurn, type RootKeys } from '../../rules/root-turn.ts'
import { renewalReason, renewalTime } from '../../pki/certificate-renewal.ts'
import { renderRecordsBudget, renderRecordsNetworkPolicy, renderRecordsService } from '../render/records.ts'
import { NOTHING_TO_DO } from '../steps/plan.ts'
import type { RetentionPolicyPlan, RetentionPolicyStep } from '../steps/retention-policy.ts'
import type { RetentionPolicyWorld } from '../world/retention-policy.ts'

/** How often a namespace is looked at without an event: sweep and pods are asked elsewhere, and wake it. */
const LOOK_AGAIN_SECONDS = 120
/** The same, while root keys turn. */
const UNDER_WAY_SECONDS = 5

/**
 * What the namespace of a policy needs so that its records are kept. Nothing of it is ever removed here, but root keys that have turned: it
 * goes with its policies, and the root keys stay.
 */
export function planRetentionPolicy(world: RetentionPolicyWorld): RetentionPolicyPlan {
  const plan = planRecords(world)
  if (world.beyond === undefined) return plan
  const recheckAfterSeconds = Math.min(LOOK_AGAIN_SECONDS, plan.recheckAfterSeconds ?? Infinity)
  return { ...plan, waitingFor: [...plan.waitingFor, `its share of ${world.beyond.resource}`], recheckAfterSeconds }
}

function planRecords(world: RetentionPolicyWorld): RetentionPolicyPlan {
  const { settings, policy, keeping, children, authority, now } = world
  if (policy === undefined || settings.database === undefined || keeping.length === 0) return NOTHING_TO_DO
  if (authority === undefined) return { ...NOTHING_TO_DO, waitingFor: ["the operator's CA"] }
  const { statefulSet } = children
  const due = renewalReason(statefulSet?.certificate, authority, settings.renewAtFraction, now)
  const keys = planRootKeys(world)
  const steps: RetentionPolicyStep[] = [
    ...keys.steps,
    due === undefined
      ? { do: 'checkCertificate', because: 'without it no pod of callbot-records can start' }
      : { do: 'issueCertificate', because: due },
    ...[renderRecordsNetworkPolicy(world), renderRecordsService(world), renderRecordsBudget(world)].map(
      (manifest) => ({ do: 'apply', manifest, because: 'it belongs to the records of the namespace' }) as const,
    ),
    { do: 'applyRecords', keys: keys.next, because: 'a policy of the namespace keeps records' },
  ]
  // What was written down is done in the next cycle.
  if (keys.isUnderWay) return { steps, waitingFor: [], recheckAfterSeconds: UNDER_WAY_SECONDS }
  const renewAt = statefulSet?.certificate && renewalTime(statefulSet.certificate, settings.renewAtFraction)
  const untilRenewal = renewAt === undefined ? LOOK_AGAIN_SECONDS : Math.max(1, Math.ceil((renewAt - now) / 1_000))
  return { steps, waitingFor: [], recheckAfterSeconds: Math.min(LOOK_AGAIN_SECONDS, untilRenewal) }
}

/** Root keys: the first ones, or what the turn asks for. */
function planRootKeys({ children, pods, settings, now }: RetentionPolicyWorld): {
  steps: RetentionPolicyStep[]
  next: RootKeys
  isUnderWay: boolean
} {
  const known = children.statefulSet?.rootKeys
  if (known === undefined) {
    const make = { do: 'makeRootKeys', slot: 'a', because: 'the namespace keeps records for the first time' } as const
    return { steps: [make], next: { slot: 'a', since: now, phase: 'Stable', generation: '' }, isUnderWay: false }
  }
  const inUse = pods.flatMap(({ state }) => state?.roots ?? [])
  const turn = decideTurn({ known, pods: inUse, now, every: settings.rootKeySeconds * 1_000 })
  const steps: RetentionPolicyStep[] = [
    { do: 'checkRootKeys', slots: turn.keep, because: 'without them no record can be read' },
  ]
  if (turn.make) steps.push({ do: 'makeRootKeys', slot: turn.make, because: 'the generation that seals is due' })
  if (turn.remove) steps.push({ do: 'removeRootKeys', slot: turn.remove, because: 'no record needs it any more' })
  return { steps, next: turn.next, isUnderWay: known.phase !== 'Stable' || turn.next.phase !== 'Stable' }
}
