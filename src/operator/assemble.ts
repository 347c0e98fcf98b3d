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
import type { OperatorConfig } from './config.ts'
import type { Caches } from './observe/caches.ts'
import type { ServerClock } from './observe/server-clock.ts'
import type { PolledState } from './observe/sources.ts'
import type { Operator } from './reconcile/reconcile.ts'
import type { Owner } from './render/manifest.ts'
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

/** Puts together what one reconcile needs. */
export function assembleOperator(
  { config, kube, applier, events }: Parts,
  caches: Caches,
  caReconciler: CaReconciler,
  { polled, areIdle }: PolledState,
): Operator {
  const { image, namespace: operatorNamespace, renewAtFraction, leafLifetimeSeconds } = config
  const { mediaCidrs, deniedCidrs, reservations, databaseHost } = config
  return {
    sources: {
      caches,
      settings: { image, operatorNamespace, renewAtFraction, mediaCidrs, deniedCidrs, reservations, databaseHost },
      authority: () => authorityFacts(caReconciler.current()),
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
      rootKeyChecks: new Map(),
      areIdle,
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
