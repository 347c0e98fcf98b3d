import { createServer } from 'node:http'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { writeWav } from '../../src/wire/wav.ts'

/**
 * Speech engines that cost nothing, for measurements of what is ours: whoever speaks is understood as saying the same, and answers are
 * tones. OpenAI-compatible as far as bots use it.
 */
export interface Engines {
  /** Base address for a provider of type OpenAICompatible. */
  url: string
  /** When each request came and when its answer went out, by performance.now(). */
  times: { what: 'asr' | 'tts'; began: number; ended: number }[]
  close(): Promise<void>
}

export interface EnginesOptions {
  /** What it understands, whoever speaks. */
  hears: string | (() => string)
  /** Seconds of sound for a text. */
  secondsOf?: (text: string) => number
  /** How long it thinks before each answer. */
  thinksMs?: number
  port?: number
}

const RATE = 8000
const TONE_HZ = 440
const LOUD = 8000

export async function startEngines(options: EnginesOptions): Promise<Engines> {
  const { hears, secondsOf = () => 1, thinksMs = 0, port = 0 } = options
  const times: Engines['times'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const began = performance.now()
      const what = request.url?.endsWith('/speech') ? 'tts' : 'asr'
      if (thinksMs > 0) await pause(thinksMs)
      if (what === 'tts') {
        const { input } = JSON.parse(String(Buffer.concat(chunks))) as { input: string }
        response
          .setHeader('content-type', 'audio/wav')
          .end(writeWav({ sampleRate: RATE, samples: tone(secondsOf(input)) }))
      } else {
        const text = typeof hears === 'string' ? hears : hears()
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ text }))
      }
      times.push({ what, began, ended: performance.now() })
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`,
    times,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const tone = (seconds: number) =>
  Int16Array.from({ length: Math.round(seconds * RATE) }, (_, index) =>
    Math.round(LOUD * Math.sin((2 * Math.PI * TONE_HZ * index) / RATE)),
  )
