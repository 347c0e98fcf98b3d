import { pino } from 'pino'
import { FairSlots } from '../lib/fair-slots.ts'
import { isRefusal } from '../messages/store/refusal.ts'
import { pollIdentity, readIdentity, type Identity } from '../pki/identity.ts'
import { startHealthServer } from '../runtime/health-server.ts'
import { named } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { systemClock as clock } from '../runtime/system-clock.ts'
import { asTenant, connect, type Database } from '../store/postgres/connect.ts'
import { addressIn } from '../store/postgres/environment.ts'
import { openRenewedStore, type RenewedStore } from '../store/postgres/renewed-store.ts'
import { createTenantStore } from '../store/postgres/tenant-store.ts'
import { readStoreConfig, type StoreConfig } from './config.ts'
import { startStoreServer } from './http-server.ts'
import { createStoreMetrics } from './metrics.ts'
import { perform, type Asker } from './operations.ts'
import { openPolicies } from './policies.ts'
import { Usages } from './usage.ts'

/** How often mounted certificates are looked at. */
const LOOK_EVERY_MS = 10_000
/** A count reads all rows of a namespace. */
const COUNT_TIMEOUT_MS = 60_000

/** Stores the sealed records of all namespaces, until it is ended by a signal. The one program that speaks SQL for them. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readStoreConfig(env)
  const log = pino({ level: config.CALLBOT_LOG_LEVEL, base: { program: 'store' } })
  const identity = await readIdentity(config.CALLBOT_TLS)
  const policies = await openPolicies({ folder: config.CALLBOT_POLICIES, clock, log })
  const database = await openDatabase(config, log, { connections: config.CALLBOT_STORE_CONNECTIONS })
  const counting = await openDatabase(config, log, { connections: 1, timeoutMs: COUNT_TIMEOUT_MS })
  const quota = { keys: config.CALLBOT_STORE_KEYS, octets: config.CALLBOT_STORE_OCTETS }
  const count = (namespace: string) => createTenantStore(asTenant(counting.current(), namespace)).usage()
  const usages = new Usages({ quota, clock, count })
  const metrics = createStoreMetrics(() => usages.all())
  const storeOf = sharing(database, config.CALLBOT_STORE_CONNECTIONS)
  const askerOf = (namespace: string): Asker => ({
    ...{ namespace, store: storeOf(namespace), policies, usages, now: clock.wall() },
  })
  const server = await startStoreServer({
    ...{ port: config.CALLBOT_STORE_PORT, identity, observers: config.CALLBOT_OBSERVERS },
    perform: (name, namespace, text) => perform(name, askerOf(namespace), text),
    metrics: async () => ({ type: metrics.registry.contentType, text: await metrics.registry.metrics() }),
    onAnswer(name, namespace, result, from) {
      if (isRefusal(result)) metrics.refused(namespace, result.reason)
      else metrics.done(name, (clock.monotonic() - from) / 1_000)
      if (name === 'beginExport' && result === 'done')
        log.warn(
          { namespace: named(namespace) },
          'records under a legal hold are exported: see kubectl callbot hold exports',
        )
    },
    monotonic: clock.monotonic,
  })
  const health = await startHealthServer({
    port: config.CALLBOT_HEALTH_PORT,
    live: {},
    // Not the database: a namespace learns of it by answers, which a pod that is not ready would not give.
    ready: { policies: () => policies.problem },
  })
  const onChange = (renewed: Identity) => server.renew(renewed)
  const watch = { folder: config.CALLBOT_TLS, current: identity, everyMs: LOOK_EVERY_MS }
  const endWatch = pollIdentity({ ...watch, clock, log, onChange })
  endOnSignal({
    log,
    steps: [
      { name: 'finish the running requests', run: () => server.leave() },
      {
        name: 'close the servers',
        run: async () => {
          endWatch()
          policies.close()
          await Promise.all([server.close(), health.close(), database.close(), counting.close()])
        },
      },
    ],
  })
  log.info({ port: server.port, healthPort: health.port }, 'ready for the records of all namespaces')
}

/** Connections that show the newest certificate. */
const openDatabase = (config: StoreConfig, log: Log, more: { connections: number; timeoutMs?: number }) =>
  openRenewedStore({
    ...{ folder: config.CALLBOT_DATABASE_TLS, everyMs: LOOK_EVERY_MS, clock, log },
    open: (identity) => connect({ ...addressIn(config), role: 'callbot_store', identity, ...more }),
  })

/** Namespaces take turns at the connections, and none has more than half of them. */
function sharing(database: RenewedStore<Database>, connections: number) {
  const slots = new FairSlots({ share: Math.floor(connections / 2), total: connections })
  return (namespace: string) => {
    const transaction: Database['transaction'] = (work) =>
      slots.run(namespace, () => asTenant(database.current(), namespace).transaction(work))
    return createTenantStore({ transaction })
  }
}
