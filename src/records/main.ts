import { pino } from 'pino'
import { createMemoryClearing, createMemoryCollector } from '../runtime/clear-memory.ts'
import { pollIdentity, readIdentity } from '../pki/identity.ts'
import { startHealthServer } from '../runtime/health-server.ts'
import type { Log } from '../runtime/log.ts'
import { describeBug } from '../runtime/redacted-error.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { systemClock as clock } from '../runtime/system-clock.ts'
import { createStoreClient } from '../store/client.ts'
import { countNotOpen } from '../webclient/egress-metric.ts'
import { overwriteParser } from '../webclient/overwrite-parser.ts'
import { egressOf } from '../webclient/egress-policy.ts'
import { secretsIn } from '../webclient/mounted-secrets.ts'
import { readRecordsConfig, rootsIn, storeIn, type RecordsConfig } from './config.ts'
import { startRecordsServer } from './http-server.ts'
import { createRecordsMetrics } from './metrics.ts'
import { deliverFromMemory } from './deliver/from-memory.ts'
import { deliverStored } from './deliver/from-store.ts'
import { openReceivers } from './deliver/receivers.ts'
import { openRoots } from './roots-file.ts'
import { probe, type ServiceOptions, takeCall } from './service.ts'
import { Status } from './status.ts'
import { turnRoots } from './turn.ts'

/** How often mounted certificates are looked at. */
const LOOK_EVERY_MS = 10_000
const PROBE_EVERY_MS = 5_000

/** Seals and stores records of the calls of one namespace, until it is ended by a signal. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readRecordsConfig(env)
  const { CALLBOT_TENANT: tenant, CALLBOT_TLS: tlsFolder } = config
  const log = pino({ level: config.CALLBOT_LOG_LEVEL, base: { program: 'records', namespace: tenant } })
  const identity = await readIdentity(tlsFolder)
  const store = createStoreClient({ ...storeIn(config), tenant, identity })
  const roots = await openRoots({ ...rootsIn(config), clock, log })
  const status = new Status(() => roots.problem)
  const metrics = createRecordsMetrics({
    isDatabaseUp: () => status.databaseProblem === undefined,
    waiting: () => deliveries.waiting,
  })
  const receivers = openReceivers(config.CALLBOT_DELIVERIES, {
    secret: secretsIn(config.CALLBOT_SECRETS),
    egress: egressOf(reachIn(config), countNotOpen(metrics.registry)),
    ...{ clock, random: Math.random, metrics, log },
  })
  const clearing = clearingOf(log, () => server.isIdle())
  const onHandled = () => clearing.ended()
  const deliveries = deliverStored({ store, roots, receivers, onHandled, clock, random: Math.random, log })
  const onStored = () => deliveries.wake()
  const service: ServiceOptions = { tenant, store, roots, receivers, onStored, status, metrics, clock, log }
  const server = await startRecordsServer({
    port: config.CALLBOT_RECORDS_PORT,
    ...{ identity, tenant, observers: config.CALLBOT_OBSERVERS, onHandled },
    take: (call, text) => takeCall(service, call, text),
    deliver: (call, text) => deliverFromMemory({ receivers, clock }, call, text),
    state: () => ({ ...status.view(clock.wall()), ...viewOf(receivers) }),
    metrics: async () => ({ type: metrics.registry.contentType, text: await metrics.registry.metrics() }),
  })
  // Not the database: pods and the operator learn of it by answers, which a pod that is not ready would not give.
  const ready = { roots: () => roots.problem }
  const health = await startHealthServer({ port: config.CALLBOT_HEALTH_PORT, live: {}, ready })
  const endWatch = pollIdentity({
    ...{ folder: tlsFolder, current: identity, clock, everyMs: LOOK_EVERY_MS, log },
    onChange(renewed) {
      server.renew(renewed)
      store.renew(renewed)
    },
  })
  const endProbes = probeAgain(service)
  endOnSignal({
    log,
    steps: [
      { name: 'finish the running requests', run: () => server.leave() },
      { name: 'finish the running deliveries', run: () => deliveries.close() },
      {
        name: 'close the servers',
        run: async () => {
          for (const end of [endWatch, endProbes, clearing.close]) end()
          await Promise.all([server.close(), health.close(), store.close()])
          await Promise.all([...receivers.values()].map((each) => each.close()))
          roots.close()
        },
      },
    ],
  })
  log.info({ port: server.port, healthPort: health.port }, 'ready for records')
}

const clearingOf = (log: Log, isIdle: () => boolean) =>
  createMemoryClearing({ clock, isIdle, collect: createMemoryCollector(() => overwriteParser(log)) })

const viewOf = (receivers: ReturnType<typeof openReceivers>) =>
  receivers.size > 0 && { deliveries: [...receivers.values()].map(({ view }) => view) }

const reachIn = (config: RecordsConfig) => ({
  ...{ podIp: config.POD_IP, nodeIp: config.NODE_IP, apiServerIp: config.KUBERNETES_SERVICE_HOST },
  deniedCidrs: config.CALLBOT_DENIED_CIDRS,
  ...{ namespace: config.CALLBOT_TENANT, egress: config.CALLBOT_EGRESS },
})

function probeAgain(service: ServiceOptions): () => void {
  let isEnded = false
  let cancel = () => {}
  const again = () =>
    void probe(service)
      .then(async () => service.status.rootsAre(await turnRoots(service), clock.wall()))
      .catch((error: unknown) => service.log.error(describeBug(error), 'the database could not be asked'))
      .finally(() => {
        if (!isEnded) cancel = clock.after(PROBE_EVERY_MS, again)
      })
  again()
  return () => {
    isEnded = true
    cancel()
  }
}
