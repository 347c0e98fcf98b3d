import { createApplier } from '../../src/kube/applier.ts'
import type { ApplyDependencies } from '../../src/operator/apply/dependencies.ts'
import type { Caches } from '../../src/operator/observe/caches.ts'
import { ALL_IN_FORCE } from '../../src/operator/observe/policy-shares.ts'
import { createCallsStore } from '../../src/operator/observe/pod-calls.ts'
import type { Operator } from '../../src/operator/reconcile/reconcile.ts'
import { MANAGER } from '../../src/operator/render/manifest.ts'
import type { useApiServer } from './api-server.ts'
import { aWorld } from './builders.ts'
import { idleCaches } from './idle-caches.ts'

type Board = ReturnType<typeof createCallsStore>

/** An operator whose cycles the test runs itself, on a real API server; of pods it knows what the test writes on the store. */
export async function startOperator(o: {
  api: ReturnType<ReturnType<typeof useApiServer>>
  /** Its own and that of the bots. */
  namespace: string
  signal: AbortSignal
  areIdle: (known: { caches: Caches; store: Board }) => ApplyDependencies['areIdle']
  announce?: Operator['publishEvent']
}): Promise<{ operator: Operator; caches: Caches; store: Board }> {
  const { namespace } = o
  const { transport, kube } = o.api
  const caches = idleCaches(transport, namespace)
  for (const informer of caches.all) informer.start(o.signal)
  await Promise.all(caches.all.map((informer) => informer.synced()))
  const store = createCallsStore({ now: Date.now, onChange: () => {}, onDemand: () => {} })
  const operator: Operator = {
    sources: {
      caches,
      settings: { ...aWorld().world.settings, operatorNamespace: namespace },
      trunkShares: () => undefined,
      policyShares: ALL_IN_FORCE,
      authority: () => undefined,
      canSign: () => false,
      answering: () => undefined,
      policyEvidence: () => undefined,
      edgeObstacles: () => undefined,
      calls: store.shown,
      demand: store.demand,
      callsOf: (bot, uid) => store.state(bot, uid)?.calls,
      routeSources: {
        routes: () => undefined,
        edges: () => [],
        pods: () => [],
        witnesses: () => [],
        clockSkew: () => 0,
      },
      followRoute: () => {},
      storeSources: { sweepOf: () => 'Unasked', recordsOf: () => undefined },
      drillRuns: {
        ...{ recall: () => undefined, enter: () => {}, forget: () => {}, turns: () => new Map() },
        ...{ term: () => 1, ledSince: () => 0, monotonic: () => 0 },
      },
    },
    dependencies: {
      kube,
      applier: createApplier({ kube, fieldManager: MANAGER }),
      caches,
      authority: () => ({}),
      leafLifetimeSeconds: 3_600,
      checkFlow: () => ({ errors: [] }),
      refusals: new Map(),
      secretChecks: new Map(),
      areIdle: o.areIdle({ caches, store }),
      evidenceKey: () => undefined,
    },
    publishEvent: o.announce ?? (() => {}),
    wallClock: Date.now,
  }
  return { operator, caches, store }
}
