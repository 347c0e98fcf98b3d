/** The three routes of OpenAI's API: hear, speak, and what there is. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toSamples, writeWav } from '../wire/wav.ts'
import { readSpeechBody } from './synthesis/speech-request.ts'
import { readTranscriptionForm, type Form } from './recognition/transcription-request.ts'
import type { RecognitionResult, RecognitionJob } from './recognition/whisper.ts'
import type { SpeechMetrics } from './metrics.ts'
import type { Models } from './model-manifest.ts'
import type { Pool } from './worker-pool.ts'
import { ClientDisconnected, NotReady } from './api-errors.ts'
import type { Synthesiser } from './synthesis/synthesis.ts'
import { tenantOf } from './tenant.ts'

export interface AudioParts {
  models: Models
  hearing: Pool<RecognitionJob, RecognitionResult>
  speaking: Synthesiser
  isReady: () => boolean
  metrics: SpeechMetrics
  timeoutSeconds: number
  longestSeconds: number
}

// A server over TLS has another type of server in each of its generic parameters, which nothing here cares about.
type App = Pick<FastifyInstance, 'get' | 'post'>

export function audioRoutes(app: unknown, parts: AudioParts): void {
  const routes = app as App
  routes.get('/v1/models', () => ({ object: 'list', data: listModels(parts.models) }))
  routes.post('/v1/audio/transcriptions', (request, reply) => transcribe(request, reply, parts))
  routes.post('/v1/audio/speech', (request, reply) => speak(request, reply, parts))
}

function listModels({ recogniser, speakers }: Models) {
  const entry = { object: 'model', created: 0, owned_by: 'callbot-operator' }
  const voices = ({ id, language }: { id: string; language: string }) => ({ id, language })
  return [
    { id: recogniser.id, ...entry },
    ...speakers.map((speaker) => ({ id: speaker.id, ...entry, voices: speaker.voices.map(voices) })),
  ]
}

async function transcribe(request: FastifyRequest, reply: FastifyReply, parts: AudioParts) {
  const signal = abortOnDisconnect(reply)
  const form = await readForm(request)
  const { job, format, seconds } = readTranscriptionForm(form, parts.models, parts.longestSeconds)
  if (!parts.isReady()) throw new NotReady()
  const claim = { tenant: tenantOf(request), cost: Math.max(1, seconds) }
  const heard = await parts.hearing.run(job, {
    lane: 'live',
    timeoutMs: parts.timeoutSeconds * 1_000,
    signal,
    ...claim,
  })
  parts.metrics.audio('asr', seconds)
  if (format === 'text') return reply.type('text/plain; charset=utf-8').send(`${heard.text}\n`)
  if (format === 'json') return { text: heard.text }
  return { task: 'transcribe', duration: seconds, ...heard }
}

async function readForm(request: FastifyRequest): Promise<Form> {
  const fields = new Map<string, string>()
  let file: Form['file']
  for await (const part of request.parts()) {
    if (part.type === 'field') fields.set(part.fieldname, String(part.value))
    else if (part.fieldname === 'file') file = { type: part.mimetype, bytes: await part.toBuffer() }
    else part.file.resume()
  }
  return file === undefined ? { fields } : { fields, file }
}

async function speak(request: FastifyRequest, reply: FastifyReply, parts: AudioParts) {
  const { utterance, format, isPrompt } = readSpeechBody(request.body, parts.models)
  if (!parts.isReady()) throw new NotReady()
  const { sampleRate } = utterance
  const tenant = tenantOf(request)
  const counted = (sound: Buffer) => {
    parts.metrics.audio('tts', sound.length / 2 / sampleRate)
    return sound
  }
  const live = () =>
    parts.speaking.live(utterance, {
      timeoutMs: parts.timeoutSeconds * 1_000,
      signal: abortOnDisconnect(reply),
      tenant,
    })
  if (format === 'pcm' && !isPrompt) {
    void reply.type(`audio/pcm; rate=${sampleRate}`)
    return reply.send(Readable.from(withFirst(await head(live())), { objectMode: false }))
  }
  const sound = counted(isPrompt ? await parts.speaking.prompt(utterance, tenant) : await gather(live()))
  if (format === 'pcm') return reply.type(`audio/pcm; rate=${sampleRate}`).send(sound)
  return reply.type('audio/wav').send(writeWav({ sampleRate, samples: toSamples(sound) }))
}

type Sounds = AsyncGenerator<Buffer>

/** The first sentence is awaited before the answer begins, so that what goes wrong until then has its status. */
async function head(sounds: Sounds): Promise<{ first: Buffer | undefined; rest: Sounds }> {
  const { value, done } = await sounds.next()
  return { first: done === true ? undefined : value, rest: sounds }
}

async function* withFirst({ first, rest }: Awaited<ReturnType<typeof head>>): Sounds {
  if (first !== undefined) yield first
  yield* rest
}

async function gather(sounds: Sounds): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const sound of sounds) parts.push(sound)
  return Buffer.concat(parts)
}

/** Aborts when the client has closed the connection and nobody reads the answer any more. */
function abortOnDisconnect(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new ClientDisconnected())
  })
  return gone.signal
}
