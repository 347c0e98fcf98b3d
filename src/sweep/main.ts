import { pino } from 'pino'
import { readIdentity } from '../pki/identity.ts'
import type { PolicyNow } from '../rules/retention/purge-plan.ts'
import { pause } from '../runtime/clock.ts'
import { startHealthServer } from '../runtime/health-server.ts'
import { named, ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { describeBug } from '../runtime/redacted-error.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { connect } from '../store/postgres/connect.ts'
import { createSweepStore, type SweepStore } from '../store/postgres/sweep-store.ts'
import { readPolicies, readSweepConfig, type SweepConfig } from './config.ts'
import { sweepOnce } from './sweep-once.ts'

/** So many runs in a row that failed, and the pod is not ready. */
const FAILURES = 3

/** Erases what is due, run after run, until it is ended by a signal. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readSweepConfig(env)
  const log = pino({ level: config.CALLBOT_LOG_LEVEL, base: { program: 'sweep' } })
  const database = connect({
    ...{ host: config.CALLBOT_DATABASE_HOST, port: config.CALLBOT_DATABASE_PORT },
    ...{ database: config.CALLBOT_DATABASE_NAME, role: 'callbot_sweep' },
    identity: await readIdentity(config.CALLBOT_DATABASE_TLS),
    timeoutMs: 60_000,
  })
  const store = createSweepStore({ database })
  const stopping = new AbortController()
  let failures = 0
  const health = await startHealthServer({
    port: config.CALLBOT_HEALTH_PORT,
    live: {},
    ready: { sweeps: () => (failures < FAILURES ? undefined : `${failures} runs in a row failed: see the log`) },
  })
  let policies: PolicyNow[] | undefined
  const runs = (async () => {
    while (!stopping.signal.aborted) {
      policies = await newest(config, policies, log)
      failures = (await once(config, store, policies, log)) ? 0 : failures + 1
      await pause(systemClock, config.CALLBOT_SWEEP_SECONDS * 1_000, stopping.signal)
    }
  })()
  const end = async () => {
    stopping.abort()
    await runs
    await Promise.all([store.close(), health.close()])
  }
  endOnSignal({ log, steps: [{ name: 'finish the run', run: end, deadlineSeconds: 60 }] })
}

/** A file that becomes invalid changes nothing: the last valid one stays in use. */
async function newest({ CALLBOT_POLICIES: file }: SweepConfig, last: PolicyNow[] | undefined, log: Log) {
  try {
    return await readPolicies(file)
  } catch {
    log.error(
      { file: named(file) },
      'the policies are not valid: those that were read last stay in use, and without any nothing is destroyed',
    )
    return last
  }
}

/** @returns whether it went well */
async function once(
  config: SweepConfig,
  store: SweepStore,
  policies: PolicyNow[] | undefined,
  log: Log,
): Promise<boolean> {
  if (policies === undefined) return false
  try {
    const width = config.CALLBOT_PARTITION_SECONDS * 1_000
    const limitOfUnknown = config.CALLBOT_UNKNOWN_LIMIT
    const report = await sweepOnce({ store, policies, limitOfUnknown, partitionWidth: width, ahead: width })
    if (report.kind === 'refused') {
      log.error({ reason: report.reason, because: ownWords(report.because) }, 'a run ended early')
      return false
    }
    const fields = { ...report, fused: report.fused.map(named) }
    const isFused = fields.fused.length > 0
    if (isFused) log.error(fields, 'the fuse stopped a mass deletion: raise maxDeletionsPerRun if it is meant')
    else if (report.keysDestroyed + report.partitionsDropped + report.partitionsCreated > 0) log.info(fields, 'swept')
    return !isFused
  } catch (error) {
    log.error({ ...describeBug(error) }, 'a run failed')
    return false
  }
}
