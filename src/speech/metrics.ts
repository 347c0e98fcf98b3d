import { processMetrics } from '../runtime/process-metrics.ts'
import { Counter, Gauge, Histogram, Registry } from '../runtime/prometheus.ts'
import type { Pool, PoolObserver } from './worker-pool.ts'
import type { PromptCache } from './synthesis/prompt-cache.ts'

export type Kind = 'asr' | 'tts'

/** How it goes, in numbers that say nothing of who spoke or what. */
export interface SpeechMetrics {
  readonly registry: Registry
  observer(kind: Kind): PoolObserver
  answered(route: string, status: number, seconds: number): void
  /** Audio that was heard or spoken, seconds. */
  audio(kind: Kind, seconds: number): void
  /** Where the gauges look when somebody scrapes. */
  watch(pools: Record<Kind, Pool<never, unknown>>, cache: PromptCache): void
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 15]

export function createSpeechMetrics(): SpeechMetrics {
  const registry = new Registry()
  const registers = [registry]
  processMetrics(registry)
  const histogram = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers })
  const requests = histogram('callbot_speech_request_seconds', 'Time to answer a request, by route and status.', [
    'route',
    'status',
  ])
  const waits = histogram('callbot_speech_wait_seconds', 'Time that a job waited for a worker.', ['kind'])
  const works = histogram('callbot_speech_work_seconds', 'Time that a worker needed for a job.', ['kind'])
  const audio = new Counter({
    name: 'callbot_speech_audio_seconds_total',
    help: 'Seconds of audio that were recognised (asr) or synthesised (tts).',
    labelNames: ['kind'],
    registers,
  })
  return {
    registry,
    observer: (kind) => ({
      waited: (seconds) => waits.observe({ kind }, seconds),
      worked: (seconds) => works.observe({ kind }, seconds),
    }),
    answered: (route, status, seconds) => requests.observe({ route, status: String(status) }, seconds),
    audio: (kind, seconds) => audio.inc({ kind }, seconds),
    watch: (pools, cache) => watch(registry, pools, cache),
  }
}

function watch(registry: Registry, pools: Record<Kind, Pool<never, unknown>>, cache: PromptCache): void {
  const registers = [registry]
  const kinds = Object.entries(pools) as [Kind, Pool<never, unknown>][]
  new Gauge({
    name: 'callbot_speech_waiting',
    help: 'Number of jobs that wait for a worker: live ones of calls, and prompts that are rendered ahead.',
    labelNames: ['kind', 'lane'],
    registers,
    collect() {
      for (const [kind, pool] of kinds) {
        for (const lane of ['live', 'ahead'] as const) this.set({ kind, lane }, pool.waiting(lane))
      }
    },
  })
  new Gauge({
    name: 'callbot_speech_workers_ready',
    help: 'Number of workers whose models are loaded.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, pool] of kinds) this.set({ kind }, pool.ready())
    },
  })
  new Gauge({
    name: 'callbot_speech_prompt_cache_bytes',
    help: 'Memory of rendered prompts.',
    registers,
    collect() {
      this.set(cache.size.bytes)
    },
  })
}
