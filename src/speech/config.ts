import { availableParallelism } from 'node:os'

/** What the speech server reads from its environment. */
export interface SpeechConfig {
  readonly port: number
  /** Folder with tls.crt, tls.key and ca.crt. */
  readonly tlsFolder: string
  /** Folder with manifest.json and the models that it names. */
  readonly modelsFolder: string
  /** Recognisers and synthesisers beside each other; each has a copy of its models in memory. */
  readonly workers: { readonly asr: number; readonly tts: number }
  /** Threads of each; 0 means by the processors. whisper.cpp's threads wait for each other without a pause: half of the processors leaves the others something. */
  readonly threads: { readonly asr: number; readonly tts: number }
  /** Live requests that may wait for each kind of worker; more are turned away with 503. */
  readonly queue: number
  /** Prompts that may wait to be rendered ahead. */
  readonly queueAhead: number
  /** How long a live request may take, waiting included. */
  readonly timeoutSeconds: number
  /** Longest audio that is heard. */
  readonly longestSeconds: number
  /** Memory for rendered prompts. */
  readonly cacheMiB: number
  readonly logLevel: string
}

type Env = Readonly<Record<string, string | undefined>>

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** @throws Error that names each variable that is wrong and the cure */
export function readSpeechConfig(env: Env): SpeechConfig {
  const faults: string[] = []
  const whole = (name: string, otherwise: number, least: number, most: number): number => {
    const text = env[name]
    if (text === undefined) return otherwise
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= most) return value
    faults.push(`${name} is "${text}": set it to a whole number from ${least} to ${most}`)
    return otherwise
  }
  const logLevel = env['CALLBOT_LOG_LEVEL'] ?? 'info'
  if (!LOG_LEVELS.includes(logLevel)) {
    faults.push(`CALLBOT_LOG_LEVEL is "${logLevel}": set it to one of ${LOG_LEVELS.join(', ')}`)
  }
  const config: SpeechConfig = {
    port: whole('CALLBOT_SPEECH_PORT', 8443, 0, 65_535),
    tlsFolder: env['CALLBOT_TLS_DIR'] || '/etc/callbot/tls',
    modelsFolder: env['CALLBOT_MODELS_DIR'] || '/app/models',
    workers: { asr: whole('CALLBOT_ASR_WORKERS', 1, 1, 64), tts: whole('CALLBOT_TTS_WORKERS', 1, 1, 64) },
    threads: {
      asr: whole('CALLBOT_ASR_THREADS', 0, 0, 64) || Math.max(1, Math.min(4, availableParallelism() >> 1)),
      tts: whole('CALLBOT_TTS_THREADS', 0, 0, 64) || Math.min(4, availableParallelism()),
    },
    queue: whole('CALLBOT_SPEECH_QUEUE', 32, 1, 10_000),
    queueAhead: whole('CALLBOT_SPEECH_QUEUE_AHEAD', 512, 1, 10_000),
    timeoutSeconds: whole('CALLBOT_SPEECH_TIMEOUT_SECONDS', 15, 1, 600),
    longestSeconds: whole('CALLBOT_SPEECH_LONGEST_SECONDS', 60, 1, 600),
    cacheMiB: whole('CALLBOT_SPEECH_CACHE_MIB', 64, 1, 65_536),
    logLevel,
  }
  if (faults.length > 0) throw new Error(`the speech server can't start: ${faults.join('; ')}`)
  return config
}
