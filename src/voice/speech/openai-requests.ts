import { randomBytes } from 'node:crypto'
import { setImmediate as rest } from 'node:timers/promises'
import type { CallbotSpec } from '../../api/callbot.ts'
import { resampleInParts } from '../../lib/resample.ts'
import { readWav, type Wav, writeWav } from '../../wire/wav.ts'
import { SAMPLE_RATE } from '../pipeline/frames.ts'
import { SpeechFault } from './speech-fault.ts'
import type { HttpAnswer, HttpPost } from './http-client.ts'

/*
 * The two requests of the OpenAI-compatible API that a bot makes. What goes beyond it is sent to the embedded server only: others refuse
 * fields that they don't know.
 */

export type Provider = CallbotSpec['speech']['asr'][number]
type Body = Pick<HttpPost, 'path' | 'headers' | 'body'>

/** 300 ms: recognisers that begin in the middle of a sound miss the first word. */
const MARGIN = 0.3 * SAMPLE_RATE
/** Characters; servers take some 224 tokens. */
const LONGEST_PROMPT = 600
/** Of an answer that holds words, in octets: five minutes of speech are 5,000 characters. */
export const LONGEST_TEXT = 65_536

/** @param language such as fr-FR @param hints words that are likely, the likeliest first */
export function transcriptionRequest(
  provider: Provider,
  o: { samples: Int16Array; language: string; hints: readonly string[] },
): Body {
  const padded = new Int16Array(o.samples.length + 2 * MARGIN)
  padded.set(o.samples, MARGIN)
  const fields: [string, string][] = [
    ['language', languageOf(o.language)],
    ['response_format', 'json'],
  ]
  if (provider.model !== undefined) fields.push(['model', provider.model])
  const words = o.hints.join(', ').slice(0, LONGEST_PROMPT)
  if (words !== '') fields.push(['prompt', asSentence(words)])
  return {
    path: '/audio/transcriptions',
    ...multipart(fields, writeWav({ sampleRate: SAMPLE_RATE, samples: padded })),
  }
}

/** Whisper takes a prompt for what was said before: after an open end it repeats itself, for ten times as long, or hears nothing. */
const asSentence = (words: string) => (/[.!?…]$/.test(words) ? words : `${words}.`)

/** @param isFixed the same in every call: it may be kept by the server, and holds nothing of a caller */
export function renderingRequest(provider: Provider, o: { text: string; language: string; isFixed: boolean }): Body {
  const ours = { language: languageOf(o.language), sample_rate: SAMPLE_RATE, ...(o.isFixed ? { cache: 'prompt' } : {}) }
  const { model, voice } = provider
  const body = {
    input: o.text,
    response_format: 'wav',
    ...(model === undefined ? {} : { model }),
    ...(voice === undefined ? {} : { voice }),
    ...(provider.type === 'Embedded' ? ours : {}),
  }
  return {
    path: '/audio/speech',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  }
}

/** The words; empty if there are none. @throws SpeechFault */
export function transcriptionOf(answer: HttpAnswer): string {
  const body = succeeded(answer)
  if (body.length > LONGEST_TEXT) throw new SpeechFault('Broken', 'the answer is too long for words of a caller')
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (cause) {
    throw new SpeechFault('Broken', 'the answer is not JSON', { cause })
  }
  const { text } = Object(value) as { text?: unknown }
  if (typeof text !== 'string') throw new SpeechFault('Broken', 'the answer has no text')
  return isNoise(text) ? '' : text.trim()
}

/** Those of voices. Of any other rate a filter may have millions of taps, and a second of sound may become hours. */
const RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]

/** 8 kHz. Calls go on meanwhile, however long the sound is. @throws SpeechFault */
export async function renderingOf(answer: HttpAnswer): Promise<Int16Array> {
  const { sampleRate, samples } = soundIn(succeeded(answer))
  if (!RATES.includes(sampleRate)) throw new SpeechFault('Broken', 'the answer is WAV of an unusual sample rate')
  return resampleInParts(samples, { from: sampleRate, to: SAMPLE_RATE, rest })
}

function soundIn(body: Buffer): Wav {
  try {
    return readWav(body)
  } catch (cause) {
    throw new SpeechFault('Broken', 'the answer is not WAV', { cause })
  }
}

/** @throws SpeechFault if the server did not do it */
export function succeeded({ status, body }: HttpAnswer): Buffer {
  if (status >= 200 && status < 300) return body
  // Nothing of the answer's text goes on: a server may quote what it was sent.
  if (status === 429 || status === 503) throw new SpeechFault('Busy', `it answered ${status}`)
  throw new SpeechFault(
    status >= 500 || status === 401 || status === 403 ? 'Broken' : 'Refused',
    `it answered ${status}`,
  )
}

/** What recognisers write for sounds that are no words: [Musique], (bruit), *tousse*, ♪. */
function isNoise(text: string): boolean {
  return text.replace(/\[[^[\]]*\]|\([^()]*\)|\*[^*]*\*|[♪♫\s.,!?…-]+|[[\]()*]/g, '') === ''
}

/** ISO 639-1. */
const languageOf = (tag: string) => tag.slice(0, 2)

/** RFC 7578. */
function multipart(fields: readonly (readonly [string, string])[], file: Buffer): Pick<Body, 'headers' | 'body'> {
  const boundary = `callbot-${randomBytes(12).toString('hex')}`
  const head = (disposition: string) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`
  const texts = fields.map(([name, value]) => `${head(`name="${name}"`)}\r\n${value}\r\n`).join('')
  const intro = `${texts}${head('name="file"; filename="turn.wav"')}Content-Type: audio/wav\r\n\r\n`
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(intro), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}
