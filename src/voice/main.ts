import { pino } from 'pino'
import { systemClock } from '../runtime/system-clock.ts'
import { describeBug } from '../runtime/redacted-error.ts'
import { readVoiceConfig } from './config.ts'
import { startPod } from './pod/pod.ts'

/** The program of a bot pod. Resolves when it was stopped and has drained. */
export async function run(_argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const config = readVoiceConfig(env)
  const { name: callbot, namespace, pod } = config
  const log = pino({ level: config.logLevel, base: { program: 'voice', namespace, callbot, pod } })
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  const running = await startPod(config, systemClock, log)
  // A bug must not cut the calls that it did not hit. What it broke is not known, though: the pod takes no new call and leaves.
  const bug = new Promise<void>((resolve) => {
    process.on('uncaughtException', (error) => {
      log.error(describeBug(error), 'a failure outside of the calls; the pod drains and restarts')
      resolve()
    })
  })
  await Promise.race([told, bug])
  await running.drain()
}
