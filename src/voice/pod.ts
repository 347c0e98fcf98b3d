import { randomBytes } from 'node:crypto'
import { pause, type Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { readIdentity, watchIdentity } from '../telephony/identity.ts'
import { defaultSipsLimits, listenSips } from '../telephony/sipsServer.ts'
import { capabilities, createAnswer } from './answer.ts'
import type { VoiceConfig } from './config.ts'
import { listenHealth } from './health.ts'
import { obstacles } from './readiness.ts'

/** How often the mounted certificate is looked at. A kubelet brings a new one within a minute or so. */
const LOOK_EVERY_MS = 2_000
/** For peers to close their side after we closed ours. */
const CLOSE_MS = 1_000

export interface Pod {
  readonly sipsPort: number
  readonly healthPort: number
  /** Not ready from now on; resolves when nothing is live and all is closed. A second call waits for the same end. */
  drain(): Promise<void>
}

/** Opens the pod's two ports and serves them until it is drained. */
export async function startPod(config: VoiceConfig, clock: Clock, log: Log): Promise<Pod> {
  let identity = await readIdentity(config.tlsFolder)
  let isListening = false
  let drained: Promise<void> | undefined
  const isDraining = () => drained !== undefined

  const health = await listenHealth({
    port: config.healthPort,
    identity,
    obstacles: () => obstacles({ isListening, isDraining: isDraining(), now: clock.wall(), ...identity }),
  })
  const sips = await listenSips({
    port: config.sipsPort,
    identity,
    peers: config.peers,
    limits: defaultSipsLimits,
    clock,
    log,
    answer: createAnswer({ secret: randomBytes(32), can: capabilities, isDraining }),
  })
  isListening = true
  const endWatch = watchIdentity({
    folder: config.tlsFolder,
    current: identity,
    clock,
    everyMs: LOOK_EVERY_MS,
    log,
    onChange: (renewed) => {
      sips.renew(renewed)
      health.renew(renewed)
      identity = renewed
      log.info({ notAfter: new Date(renewed.notAfter).toISOString() }, 'the TLS identity was renewed')
    },
  })
  log.info({ sipsPort: sips.port, healthPort: health.port }, 'ready for calls')

  async function leave(): Promise<void> {
    log.info({}, 'draining')
    await pause(clock, config.lingerSeconds * 1_000)
    endWatch()
    await sips.close(CLOSE_MS)
    await health.close()
    log.info({}, 'drained')
  }
  return { sipsPort: sips.port, healthPort: health.port, drain: () => (drained ??= leave()) }
}
