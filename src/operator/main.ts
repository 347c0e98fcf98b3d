import { describeApiFault } from '../kube/api-fault.ts'
import { named, ownWords } from '../runtime/log-fields.ts'
import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { FAILOVER_DRILLS } from '../api/kinds.ts'
import { createApplier } from '../kube/applier.ts'
import { createClient } from '../kube/client.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { loadClusterConfig } from '../kube/load-cluster-config.ts'
import { createEventRecorder } from '../kube/events.ts'
import { createMetrics } from '../kube/controller-metrics.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { createTransport } from '../kube/transport.ts'
import { requirementsOf } from '../rules/placement.ts'
import type { PlayTests } from '../rules/flow/test-results.ts'
import { trustBundle } from '../pki/certificate-authority.ts'
import { createCaReconciler } from './certificates/ca-secret.ts'
import { createCertificateReconciler } from './certificates/component-secrets.ts'
import { assembleOperator, type Parts } from './assemble.ts'
import { readOperatorConfig } from './config.ts'
import { combineReconcilers } from './reconcile/installation.ts'
import { createControllers, type Controllers } from './controllers.ts'
import { createPoliciesReconciler } from './policies-file.ts'
import { createCaches, type Caches } from './observe/caches.ts'
import { decidingClaims } from './observe/claims.ts'
import { ALL_IN_FORCE, hasRecords } from './observe/policy-shares.ts'
import { createServerClock } from './observe/server-clock.ts'
import type { StoreSources } from './observe/store-poller.ts'
import { createEvidenceKey } from './certificates/evidence-key.ts'
import { createOwnIdentity } from './certificates/own-certificate.ts'
import { MANAGER } from './render/manifest.ts'
import { registerShareMetrics } from './metrics/shares.ts'
import { startHealth, startMetrics } from './http-servers.ts'
import { createPollers } from './pollers.ts'
import { createWebhookReconciler } from './webhooks/webhook-configuration.ts'
import type { WebhookOptions } from './webhooks/webhook.ts'

/** Runs until it is stopped. Without an API server it waits for one; it never ends by itself. */
export async function run(env: NodeJS.ProcessEnv, playTests: PlayTests): Promise<void> {
  // Garbage of the first lists would stay for ever in an operator at rest: so V8 comes back for it half a minute later.
  setFlagsFromString('--optimize-for-size')
  const config = readOperatorConfig(env)
  const log = pino({ level: config.logLevel, base: { program: 'operator', pod: config.podName } })
  const metrics = createMetrics()
  const serverClock = createServerClock(systemClock)
  const transport = await createTransport({
    config: await loadClusterConfig(env),
    userAgent: 'callbot-operator',
    onRequest: metrics.request,
    onDate: serverClock.heard,
    onWarning: (text) => log.warn({ text: ownWords(text) }, 'the API server warns'),
  })
  const kube = createClient({ transport, fieldManager: MANAGER, kinds: [FAILOVER_DRILLS] })
  const onUnsettled = (kind: string) =>
    log.warn({ kind: named(kind) }, 'the API server stored another object than was applied')
  await start({
    config,
    log,
    metrics,
    transport,
    kube,
    playTests,
    applier: createApplier({ kube, fieldManager: MANAGER, onUnsettled }),
    events: createEventRecorder({ transport, instance: config.podName, log }),
    serverClock,
  })
}

async function start(parts: Parts): Promise<void> {
  const { config, log, transport, events, metrics } = parts
  const stopping = new AbortController()
  const controllers = createControllers(parts)
  const caReconciler = createCaReconciler({ ...parts, ...config, onChange: () => controllers.authorityChanged() })
  const keeping = { authority: caReconciler.current, onChange: () => controllers.certificatesChanged() }
  const evidenceKey = createEvidenceKey({ ...parts, ...config, onChange: keeping.onChange })
  const hasWebhook = config.webhookPort !== 0
  const certificates = combineReconcilers([
    createCertificateReconciler({ ...parts, ...config, ...keeping }),
    evidenceKey,
    ...(hasWebhook ? [createWebhookReconciler({ ...parts, ...keeping })] : []),
  ])
  const hasStore = config.database !== undefined
  const { namespace: operatorNamespace, reservations } = config
  const isPlaced = requirementsOf(config.placement).length > 0
  const watched = { operatorNamespace, hasStore, isPlaced, reservations }
  const caches = createCaches({ transport, log, ...watched, wake: controllers.wake })
  const sweepOf: StoreSources['sweepOf'] = (...policy) => pollers.polled.storeSources.sweepOf(...policy)
  const policies = hasStore ? keepPolicies(parts, caches, controllers, sweepOf) : undefined
  // What sweep and store are not sent takes none of their room.
  const policyShares = policies?.shares ?? ALL_IN_FORCE
  const identity = createOwnIdentity({ ...config, authority: caReconciler.current, clock: systemClock })
  const bundle = () => trustBundle(caReconciler.current())
  const pollers = createPollers({ parts, caches, identity, bundle, controllers, policyShares })
  const informers = [...caches.all, ...[caReconciler, certificates, policies].flatMap((each) => each?.informers ?? [])]
  const synced = () => informers.every((informer) => informer.hasSynced)
  const health = await startHealth(config, { synced, stuckSeconds: () => controllers.stuckSeconds() })
  endOnSignal({
    log,
    steps: [
      { name: 'finish the reconciles in progress', run: () => controllers.stop(), deadlineSeconds: 12 },
      { name: 'publish the last events', run: () => events.flush(3), deadlineSeconds: 4 },
      { name: 'release the lease', run: () => controllers.release(), deadlineSeconds: 3 },
      {
        name: 'close the servers',
        run: async () => (stopping.abort(), health.close(), transport.close()),
        deadlineSeconds: 2,
      },
    ],
  })
  for (const informer of informers) informer.start(stopping.signal)
  await Promise.all(informers.map((informer) => informer.synced()))
  pollers.run(stopping.signal)
  void startMetrics({ config, log, transport, registry: metrics.registry, identity, signal: stopping.signal })
  if (hasWebhook) {
    const numbers = {
      claimsOn: (number: string) => decidingClaims(caches, [number]),
      reservations: config.reservations,
    }
    const { webhookPort: port, placement } = config
    const served = { port, identity, authority: caReconciler.current, numbers, hasStore, regions: placement.regions }
    void serveReviews({ ...parts, ...served, signal: stopping.signal })
  }
  const operator = assembleOperator(parts, caches, { caReconciler, evidenceKey, policyShares }, pollers)
  const policiesOf = policies?.publishedOf ?? (() => new Set<string>())
  registerShareMetrics(metrics.registry, { ...operator.sources, policiesOf }, operator.wallClock)
  const orders = pollers.drillOrders(operator.sources)
  controllers.begin(operator, { authority: caReconciler, certificates, policies }, orders)
  log.info({ bots: caches.bots.size }, 'standing by')
}

/** A policy that is published now may have waited for room: it has another status, and Callbots go by it. */
function keepPolicies(parts: Parts, caches: Caches, { wake }: Controllers, sweepOf: StoreSources['sweepOf']) {
  return createPoliciesReconciler({
    ...{ ...parts, ...parts.config, caches, onChange: () => wake.policies() },
    isStored: (namespace, name) => hasRecords(sweepOf(namespace, name)),
    onPublished({ namespace, name }) {
      wake.object('RetentionPolicy', `${namespace}/${name}`, 'soon')
      wake.pods(namespace)
      for (const bot of caches.bots.byIndex('namespace', namespace))
        if (bot.spec.retentionPolicyRef?.name === name) wake.object('Callbot', `${namespace}/${bot.name}`, 'soon')
    },
  })
}

/** Comes only with the webhook: an operator without one carries no web framework. Never rejects. */
async function serveReviews(o: WebhookOptions): Promise<void> {
  try {
    const { serveWebhook } = await import('./webhooks/webhook.ts')
    await serveWebhook(o)
  } catch (err) {
    o.log.error(describeApiFault(err), 'the webhook can not be served')
  }
}
