import type { Registry } from 'prom-client'
import { createGate } from '../kube/access-review.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { startHealthServer, type HealthServer } from '../runtime/health-server.ts'
import { startMetricsServer } from '../runtime/metrics-server.ts'
import type { Transport } from '../kube/transport.ts'
import { pause } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { OperatorConfig } from './config.ts'
import { firstLeaf, type OwnIdentity } from './certificates/own-certificate.ts'

/** A reconcile that overruns its time by so much is not coming back, and only a new process helps. Seconds. */
const STUCK_SECONDS = 120

/**
 * Live: the event loop turns and no reconcile is stuck. Ready: the caches were filled once. Neither asks the API server:
 * when that is away for a minute, a restart would only throw away what is known.
 */
export function startHealth(
  config: OperatorConfig,
  facts: { synced: () => boolean; stuckSeconds: () => number },
): Promise<HealthServer> {
  return startHealthServer({
    port: config.healthPort,
    live: { workers: () => (facts.stuckSeconds() > STUCK_SECONDS ? 'a reconcile is stuck' : undefined) },
    ready: { caches: () => (facts.synced() ? undefined : 'the caches are not filled yet') },
  })
}

const RENEW_CHECK_MS = 3_600_000

/** Serves the metrics as soon as the CA is there to give the server its certificate, and keeps that certificate fresh. */
export async function startMetrics(o: {
  config: OperatorConfig
  log: Log
  transport: Transport
  registry: Registry
  identity: OwnIdentity
  signal: AbortSignal
}): Promise<void> {
  let leaf = await firstLeaf(o.identity, systemClock, o.signal)
  if (leaf === undefined) return
  const pair = (from: typeof leaf) => ({ cert: from!.certificate, key: from!.key })
  const gate = createGate({ transport: o.transport, log: o.log, clock: systemClock })
  const server = await startMetricsServer({
    port: o.config.metricsPort,
    certificate: pair(leaf),
    registry: o.registry,
    gate,
  })
  while (!o.signal.aborted) {
    await pause(systemClock, RENEW_CHECK_MS, o.signal)
    leaf = o.identity.leaf() ?? leaf
    server.renew(pair(leaf))
  }
  await server.close()
}
