import { CALLBOTS, FAILOVER_DRILLS, INTEGRATIONS, RETENTION_POLICIES, type KindName } from '../api/kinds.ts'
import { applyCallbot } from './apply/callbot.ts'
import { applyFailoverDrill } from './apply/drill-record.ts'
import { applyIntegration } from './apply/integration.ts'
import { applyRetentionPolicy } from './apply/retention-policy.ts'
import { followCallbot, observeCallbot } from './observe/callbot.ts'
import { followFailoverDrill, observeFailoverDrill } from './observe/failover-drill.ts'
import { observeIntegration } from './observe/integration.ts'
import { observeRetentionPolicy } from './observe/retention-policy.ts'
import { planCallbot } from './plan/callbot.ts'
import { planFailoverDrill } from './plan/failover-drill.ts'
import { planIntegration } from './plan/integration.ts'
import { planRetentionPolicy } from './plan/retention-policy.ts'
import { reconciled, type ReconciledKind } from './reconcile/reconcile.ts'
import { reportCallbot } from './report/callbot.ts'
import { eventOfChange } from './report/events.ts'
import { eventOfDrill, reportFailoverDrill } from './report/failover-drill.ts'
import { eventOfIntegration, reportIntegration } from './report/integration.ts'
import { eventOfRetention, reportRetentionPolicy } from './report/retention-policy.ts'
import type { IntegrationFacts } from './world/integration.ts'

/** Every kind that the operator reconciles, each with a queue of its own. `reconcile/kind.ts` says how to add one. */
export const RECONCILED: Readonly<Record<KindName, ReconciledKind>> = {
  Callbot: reconciled({
    resource: CALLBOTS,
    cache: ({ bots }) => bots,
    observe: observeCallbot,
    object: ({ bot }) => bot,
    plan: planCallbot,
    apply: applyCallbot,
    report: reportCallbot,
    eventOf: eventOfChange,
    follow: followCallbot,
  }),
  Integration: reconciled({
    resource: INTEGRATIONS,
    concurrency: 4,
    cache: ({ integrations }) => integrations,
    observe: observeIntegration,
    object: ({ integration }) => integration,
    plan: planIntegration,
    apply: applyIntegration,
    report: reportIntegration,
    restsOn: ({ resourceVersion }: IntegrationFacts) => resourceVersion,
    eventOf: eventOfIntegration,
  }),
  RetentionPolicy: reconciled({
    resource: RETENTION_POLICIES,
    concurrency: 1,
    cache: ({ retentionPolicies }) => retentionPolicies,
    observe: observeRetentionPolicy,
    object: ({ policy }) => policy,
    plan: planRetentionPolicy,
    apply: applyRetentionPolicy,
    report: reportRetentionPolicy,
    eventOf: eventOfRetention,
  }),
  FailoverDrill: reconciled({
    resource: FAILOVER_DRILLS,
    concurrency: 1,
    cache: ({ failoverDrills }) => failoverDrills,
    observe: observeFailoverDrill,
    object: ({ drill }) => drill,
    plan: planFailoverDrill,
    apply: applyFailoverDrill,
    report: reportFailoverDrill,
    restsOn: ({ resourceVersion }) => resourceVersion,
    eventOf: eventOfDrill,
    follow: followFailoverDrill,
  }),
}
