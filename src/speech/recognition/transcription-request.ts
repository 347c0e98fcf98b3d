/** The form of POST /v1/audio/transcriptions: OpenAI's fields, and `sample_rate` of ours for raw samples. */
import { readWav, toSamples, type Wav } from '../../wire/wav.ts'
import { primaryLanguage } from '../synthesis/speech-request.ts'
import type { RecognitionJob } from './whisper.ts'
import type { Models } from '../model-manifest.ts'
import { invalid, Problem } from '../api-errors.ts'

export const LONGEST_PROMPT = 1_000
const FORMATS = ['json', 'verbose_json', 'text'] as const
const RATES = { least: 8_000, most: 48_000 }
/** Media types of samples without a header. */
const RAW = /^audio\/(?:pcm|l16|x-raw)\b/i

export interface Form {
  readonly fields: ReadonlyMap<string, string>
  readonly file?: { readonly type: string; readonly bytes: Uint8Array }
}

export interface TranscriptionRequest {
  readonly job: RecognitionJob
  readonly format: (typeof FORMATS)[number]
  /** Of the audio. */
  readonly seconds: number
}

/**
 * @param longestSeconds of audio
 * @throws Problem that names the field
 */
export function readTranscriptionForm(
  { fields, file }: Form,
  models: Models,
  longestSeconds: number,
): TranscriptionRequest {
  if (file === undefined)
    throw invalid('file', 'file is missing: send the audio as a part named file, with a file name')
  checkModel(fields.get('model'), models)
  const prompt = fields.get('prompt')
  if (prompt !== undefined && prompt.length > LONGEST_PROMPT) {
    throw invalid('prompt', `prompt is longer than ${LONGEST_PROMPT} characters: keep the words that matter`)
  }
  const format = FORMATS.find((each) => each === (fields.get('response_format') ?? 'json'))
  if (format === undefined) throw invalid('response_format', `response_format must be one of ${FORMATS.join(', ')}`)
  const { samples, sampleRate } = readAudio(file, fields.get('sample_rate'))
  const seconds = samples.length / sampleRate
  if (seconds > longestSeconds) {
    const message = `file is ${seconds.toFixed(1)} s long, ${longestSeconds} s is the most: send it in parts`
    throw new Problem(413, message, { param: 'file', code: 'audio_too_long' })
  }
  const language = readLanguage(fields.get('language'))
  const more = { ...(language === undefined ? {} : { language }), ...(prompt === undefined ? {} : { prompt }) }
  return { job: { samples, sampleRate, ...more }, format, seconds }
}

function checkModel(model: string | undefined, { recogniser }: Models): void {
  if (model === undefined || model === recogniser.id) return
  const message = `there is no recognition model ${model}: use ${recogniser.id}, or leave model out`
  throw new Problem(404, message, { param: 'model', code: 'model_not_found' })
}

function readLanguage(tag: string | undefined): string | undefined {
  if (tag === undefined || tag === '' || tag === 'auto') return undefined
  const language = primaryLanguage(tag)
  if (/^[a-z]{2}$/.test(language)) return language
  throw invalid('language', 'language must begin with two letters (ISO 639-1), as in fr or fr-FR')
}

function readAudio({ type, bytes }: NonNullable<Form['file']>, rate: string | undefined): Wav {
  const audio = RAW.test(type) ? { samples: toSamples(bytes), sampleRate: Number(rate ?? 8_000) } : readFile(bytes)
  if (!Number.isInteger(audio.sampleRate) || audio.sampleRate < RATES.least || audio.sampleRate > RATES.most) {
    const param = RAW.test(type) ? 'sample_rate' : 'file'
    throw invalid(
      param,
      `${param} has ${audio.sampleRate} samples a second: it must be ${RATES.least} to ${RATES.most}`,
    )
  }
  return audio
}

function readFile(bytes: Uint8Array): Wav {
  try {
    return readWav(bytes)
  } catch (error) {
    throw invalid('file', `file can't be read: ${(error as Error).message}`)
  }
}
