import { pino } from 'pino'
import { pollIdentity, readIdentity, type Identity } from '../pki/identity.ts'
import type { SweepState } from '../rules/sweep-state.ts'
import { pause } from '../runtime/clock.ts'
import { startHealthServer } from '../runtime/health-server.ts'
import type { Log } from '../runtime/log.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { connect } from '../store/postgres/connect.ts'
import { addressIn } from '../store/postgres/environment.ts'
import { openRenewedStore } from '../store/postgres/renewed-store.ts'
import { createSweepStore } from '../store/postgres/sweep-store.ts'
import { readSweepConfig, type SweepConfig } from './config.ts'
import { createRuns } from './runs.ts'
import { startStateServer } from './state-server.ts'

/** So many runs in a row that failed, and the pod is not ready. */
const FAILURES = 3
/** How often certificates are looked at. */
const LOOK_EVERY_MS = 10_000

/** Erases what is due, run after run, until it is ended by a signal. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readSweepConfig(env)
  const log = pino({ level: config.CALLBOT_LOG_LEVEL, base: { program: 'sweep' } })
  const store = await openStore(config, log)
  const stopping = new AbortController()
  const runs = createRuns(config, log, systemClock.monotonic)
  let failures = 0
  const health = await startHealthServer({
    port: config.CALLBOT_HEALTH_PORT,
    live: {},
    ready: { sweeps: () => (failures < FAILURES ? undefined : `${failures} runs in a row failed: see the log`) },
  })
  const told = await listenState(config, log, runs.state)
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      failures = (await runs.run(store.current())) ? 0 : failures + 1
      await pause(systemClock, config.CALLBOT_SWEEP_SECONDS * 1_000, stopping.signal)
    }
  })()
  const end = async () => {
    stopping.abort()
    await loop
    await Promise.all([store.close(), health.close(), told.close()])
  }
  endOnSignal({ log, steps: [{ name: 'finish the run', run: end, deadlineSeconds: 60 }] })
}

/** The store, by connections that show the newest certificate. */
const openStore = (config: SweepConfig, log: Log) =>
  openRenewedStore({
    ...{ folder: config.CALLBOT_DATABASE_TLS, everyMs: LOOK_EVERY_MS, clock: systemClock, log },
    open(identity) {
      const as = { role: 'callbot_sweep', identity, timeoutMs: 60_000 }
      return createSweepStore({ database: connect({ ...addressIn(config), ...as }) })
    },
  })

/** The server of what is known of runs, with the certificate that is mounted now. */
async function listenState(config: SweepConfig, log: Log, state: () => SweepState) {
  const folder = config.CALLBOT_TLS
  const identity = await readIdentity(folder)
  const { CALLBOT_STATE_PORT: port, CALLBOT_OBSERVERS: observers } = config
  const listener = await startStateServer({ port, identity, observers, state })
  const onChange = (current: Identity) => listener.renew(current)
  const end = pollIdentity({ folder, current: identity, clock: systemClock, everyMs: LOOK_EVERY_MS, log, onChange })
  return { close: () => (end(), listener.close()) }
}
