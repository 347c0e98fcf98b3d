import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeWav } from '../../src/wire/wav.ts'

/** A speech server over real HTTP that recognises what a test gives it, and speaks in tones. */
export interface SpeechStandIn {
  /** Base address of its API. */
  readonly url: string
  /** As a bot names it. */
  readonly provider: {
    readonly type: 'OpenAICompatible'
    readonly url: string
    readonly region: string
    readonly timeoutMilliseconds: number
  }
  /** What it hears next; when it runs out it hears nothing. */
  readonly toHear: string[]
  /** What it hears in a recording. Default: the next of `toHear`. */
  hears: () => string
  /** What its language model answers next, as JSON. */
  readonly toTalk: object[]
  /** What it was asked to say, and how often to hear. */
  readonly said: string[]
  heard: number
  /** Answers with this status instead, if set. */
  failWith: { asr?: number; tts?: number }
  /** Milliseconds until it answers. */
  delay: { asr: number; tts: number }
  /** Headers and body of the last request for each path. */
  readonly last: Map<string, { headers: IncomingMessage['headers']; body: Buffer }>
  close(): Promise<void>
}

/** Seconds of sound for each character. */
const SECONDS_A_CHARACTER = 0.015

/** @param address where it listens */
export async function startSpeechStandIn(address = '127.0.0.1'): Promise<SpeechStandIn> {
  const it: Omit<SpeechStandIn, 'url' | 'provider' | 'close'> = {
    toHear: [],
    hears: () => it.toHear.shift() ?? '',
    toTalk: [],
    said: [],
    heard: 0,
    failWith: {},
    delay: { asr: 0, tts: 0 },
    last: new Map(),
  }
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      it.last.set(request.url!, { headers: request.headers, body })
      const isSpeech = request.url!.endsWith('/audio/speech')
      const what = isSpeech ? 'tts' : 'asr'
      await new Promise((resolve) => setTimeout(resolve, it.delay[what]))
      const status = it.failWith[what]
      if (status !== undefined) return response.writeHead(status).end('{}')
      if (isSpeech) {
        const { input } = JSON.parse(body.toString()) as { input: string }
        it.said.push(input)
        return response.writeHead(200, { 'content-type': 'audio/wav' }).end(tone(input.length * SECONDS_A_CHARACTER))
      }
      if (request.url!.endsWith('/chat/completions')) return response.writeHead(200).end(completion(it.toTalk.shift()))
      it.heard++
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text: it.hears() }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const url = `http://${address}:${(server.address() as AddressInfo).port}/v1`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const provider = { type: 'OpenAICompatible', url, region: 'here', timeoutMilliseconds: 3_000 } as const
  return Object.assign(it, { url, provider, close })
}

const completion = (answer: object | undefined) =>
  JSON.stringify({ choices: [{ message: { role: 'assistant', content: JSON.stringify(answer ?? {}) } }] })

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function tone(seconds: number): Buffer {
  const samples = new Int16Array(Math.round(seconds * 8_000))
  samples.forEach((_, at) => (samples[at] = 8_000 * Math.sin((2 * Math.PI * 440 * at) / 8_000)))
  return writeWav({ sampleRate: 8_000, samples })
}
