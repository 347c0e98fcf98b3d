import { pino } from 'pino'
import type { Log } from '../runtime/log.ts'
import { createGate } from '../kube/access-review.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { loadClusterConfig } from '../kube/load-cluster-config.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { createTransport } from '../kube/transport.ts'
import { readIdentity, pollIdentity } from '../pki/identity.ts'
import { pause } from '../runtime/clock.ts'
import type { MayScrape } from './authorization.ts'
import { readSpeechConfig } from './config.ts'
import { startSpeech } from './service.ts'

const LOOK_EVERY_MS = 10_000
/** Until every kube-proxy has heard that this pod is not ready. Seconds. */
const LINGER_SECONDS = 3

/** The embedded speech server. Runs until it is stopped, then finishes what it is at. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readSpeechConfig(env)
  const log = pino({ level: config.logLevel, base: { program: 'speech' } })
  const identity = await readIdentity(config.tlsFolder)
  const service = await startSpeech({
    config,
    identity,
    clock: systemClock,
    log,
    mayScrape: await scrapeGate(env, log),
  })
  const endWatch = pollIdentity({
    folder: config.tlsFolder,
    current: identity,
    clock: systemClock,
    everyMs: LOOK_EVERY_MS,
    log,
    onChange: (renewed) => service.renew(renewed),
  })
  endOnSignal({
    log,
    steps: [
      {
        name: 'report not ready',
        run: async () => {
          service.leave()
          await pause(systemClock, LINGER_SECONDS * 1_000)
        },
      },
      { name: 'finish the running jobs', run: () => service.close(), deadlineSeconds: config.timeoutSeconds + 2 },
      { name: 'close the servers', run: async () => endWatch() },
    ],
  })
  log.info({ port: service.port }, 'loading the models')
}

/** Outside of a cluster there is nobody to ask about a token: metrics are for bearers of a certificate then. */
async function scrapeGate(env: NodeJS.ProcessEnv, log: Log): Promise<MayScrape> {
  if (env['KUBERNETES_SERVICE_HOST'] === undefined) return () => Promise.resolve(401)
  const transport = await createTransport({ config: await loadClusterConfig(env), userAgent: 'callbot-speech' })
  const gate = createGate({ transport, log })
  return (authorization, source) => gate.ask({ authorization, path: '/metrics', source })
}
