import { API_VERSION } from '../api/kinds.ts'
import type { Applier } from '../kube/applier.ts'
import type { Kube } from '../kube/client.ts'
import { systemClock } from '../runtime/system-clock.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { KubeMetrics } from '../kube/controller-metrics.ts'
import type { Transport } from '../kube/transport.ts'
import type { Log } from '../runtime/log.ts'
import { checkFlow } from '../rules/flow/check.ts'
import type { PlayTests } from '../rules/flow/test-results.ts'
import { authorityFacts } from '../pki/certificate-authority.ts'
import type { CaReconciler } from './certificates/ca-secret.ts'
import type { EvidenceKey } from './certificates/evidence-key.ts'
import type { OperatorConfig } from './config.ts'
import type { Caches } from './observe/caches.ts'
import type { ServerClock } from './observe/server-clock.ts'
import type { PolledState } from './observe/sources.ts'
import type { Operator } from './reconcile/reconcile.ts'
import type { Owner } from './render/manifest.ts'
import type { PolicyShares } from './observe/policy-shares.ts'
import { createTrunkShares } from './observe/trunk-shares.ts'
import type { ReportedEvent } from './report/events.ts'

/** What the whole program shares. */
export interface Parts {
  config: OperatorConfig
  log: Log
  metrics: KubeMetrics
  transport: Transport
  kube: Kube
  playTests: PlayTests
  applier: Applier
  events: EventRecorder
  serverClock: ServerClock
}

/** Parts that are kept for the whole installation. */
interface Kept {
  caReconciler: CaReconciler
  evidenceKey: Pick<EvidenceKey, 'current'>
  policyShares: PolicyShares
}

/** Puts together what one reconcile needs. */
export function assembleOperator(
  { config, kube, applier, events }: Parts,
  caches: Caches,
  { caReconciler, evidenceKey, policyShares }: Kept,
  { polled, areIdle }: PolledState,
): Operator {
  const { image, recordsImage, namespace: operatorNamespace, renewAtFraction, leafLifetimeSeconds } = config
  const { mediaCidrs, mediaByEdges, scheduling, placement, deniedCidrs, egress } = config
  const { reservations, shares, database, rootKeySeconds } = config
  const places = { mediaCidrs, mediaByEdges, scheduling, placement, deniedCidrs, egress, database, rootKeySeconds }
  return {
    sources: {
      caches,
      settings: { image, recordsImage, operatorNamespace, renewAtFraction, reservations, shares, ...places },
      trunkShares: createTrunkShares(caches, { shares, operatorNamespace }),
      policyShares,
      authority: () => authorityFacts(caReconciler.current()),
      canSign: () => evidenceKey.current() !== undefined,
      ...polled,
    },
    dependencies: {
      kube,
      applier,
      caches,
      authority: caReconciler.current,
      leafLifetimeSeconds,
      checkFlow,
      refusals: new Map(),
      secretChecks: new Map(),
      areIdle,
      evidenceKey: evidenceKey.current,
    },
    publishEvent: (kind, about, event) => events.publish(eventAbout(kind, about, event)),
    wallClock: systemClock.wall,
  }
}

function eventAbout(kind: string, { namespace, name, uid }: Owner, event: ReportedEvent) {
  return {
    regarding: { apiVersion: API_VERSION, kind, namespace, name, uid },
    action: 'Reconcile',
    ...event,
  }
}
