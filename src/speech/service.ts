import { instantOf } from '../runtime/log-fields.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Identity } from '../pki/identity.ts'
import type { MayScrape } from './authorization.ts'
import type { SpeechConfig } from './config.ts'
import type { SpeakJob } from './synthesis/text-to-speech.ts'
import type { RecognitionResult, RecognitionJob } from './recognition/whisper.ts'
import { createSpeechMetrics, type SpeechMetrics } from './metrics.ts'
import { readModels, type Models } from './model-manifest.ts'
import { createPool } from './worker-pool.ts'
import { PromptCache } from './synthesis/prompt-cache.ts'
import { startServer } from './http-server.ts'
import { createSynthesiser } from './synthesis/synthesis.ts'

/** An engine that is at one job for so long is not coming back, and only a new process helps. Seconds. */
const STUCK_SECONDS = 120

export interface ServiceOptions {
  config: SpeechConfig
  identity: Identity
  clock: Clock
  log: Log
  mayScrape: MayScrape
}

export interface SpeechService {
  readonly port: number
  renew(identity: Identity): void
  /** Not ready from now on. */
  leave(): void
  close(): Promise<void>
}

function hireWorkers({ config, clock, log }: ServiceOptions, models: Models, metrics: SpeechMetrics) {
  const common = { room: { live: config.queue, ahead: config.queueAhead }, clock, log }
  const hearing = createPool<RecognitionJob, RecognitionResult>({
    ...common,
    task: { kind: 'asr', model: models.recogniser, threads: config.threads.asr },
    size: config.workers.asr,
    observer: metrics.observer('asr'),
  })
  const voicing = createPool<SpeakJob, Int16Array>({
    ...common,
    task: { kind: 'tts', speakers: models.speakers, threads: config.threads.tts },
    size: config.workers.tts,
    observer: metrics.observer('tts'),
  })
  return { hearing, voicing }
}

/** The server and the workers behind it. It answers at once; it is ready when the models are loaded. */
export async function startSpeech(o: ServiceOptions): Promise<SpeechService> {
  const { config, clock, log } = o
  const models = await readModels(config.modelsFolder)
  const metrics = createSpeechMetrics()
  const { hearing, voicing } = hireWorkers(o, models, metrics)
  const cache = new PromptCache(config.cacheMiB * 1024 * 1024)
  metrics.watch({ asr: hearing, tts: voicing }, cache)

  let identity = o.identity
  let isLeaving = false
  const isReady = () => hearing.ready() > 0 && voicing.ready() > 0
  const obstacles = () => [
    ...(isReady() ? [] : ['the models are not loaded yet']),
    ...(isLeaving ? ['the server is ending'] : []),
    ...(clock.wall() < identity.notAfter ? [] : ['the certificate has expired']),
  ]
  const stuck = () => [hearing, voicing].some((pool) => pool.longestRun() > STUCK_SECONDS)
  const server = await startServer({
    ...{ port: config.port, identity, log, models, hearing, metrics, isReady, obstacles },
    speaking: createSynthesiser(voicing, cache),
    ailments: () => (stuck() ? ['an engine is stuck'] : []),
    mayScrape: o.mayScrape,
    timeoutSeconds: config.timeoutSeconds,
    longestSeconds: config.longestSeconds,
  })
  return {
    port: server.port,
    renew(renewed) {
      server.renew(renewed)
      identity = renewed
      log.info({ notAfter: instantOf(renewed.notAfter) }, 'the TLS certificate was renewed')
    },
    leave: () => {
      isLeaving = true
    },
    async close() {
      await server.close()
      await Promise.all([hearing.close(), voicing.close()])
    },
  }
}
