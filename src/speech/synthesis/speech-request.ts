/** The body of POST /v1/audio/speech: OpenAI's fields, and `sample_rate`, `language` and `cache` of ours. */
import { z } from 'zod'
import type { Models, Speaker, Voice } from '../model-manifest.ts'
import { invalid, Problem } from '../api-errors.ts'
import type { Utterance } from './synthesis.ts'

export const LONGEST_INPUT = 4_096

const bodySchema = z.object({
  input: z
    .string('must be the words to say')
    .max(LONGEST_INPUT, `is longer than ${LONGEST_INPUT} characters: send it in parts`),
  model: z.string().optional(),
  voice: z.string().optional(),
  language: z.string().optional(),
  response_format: z.enum(['wav', 'pcm'], 'must be wav or pcm').default('wav'),
  speed: z.number().min(0.5, 'must be from 0.5 to 2').max(2, 'must be from 0.5 to 2').default(1),
  sample_rate: z
    .union(
      [8_000, 16_000, 22_050, 24_000].map((rate) => z.literal(rate)),
      'must be 8000, 16000, 22050 or 24000',
    )
    .default(24_000),
  cache: z.literal('prompt', 'must be prompt, or absent').optional(),
})

export interface SpeechRequest {
  readonly utterance: Utterance
  readonly format: 'wav' | 'pcm'
  /** A fixed text: it may be kept. */
  readonly isPrompt: boolean
}

/** @throws Problem that names the field */
export function readSpeechBody(body: unknown, models: Models): SpeechRequest {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    if (path.length === 0)
      throw new Problem(400, 'the body must be a JSON object: see /v1/audio/speech of the OpenAI API')
    throw invalid(String(path[0]), `${String(path[0])} ${message}`)
  }
  const asked = parsed.data
  const text = asked.input.trim()
  if (text === '') throw invalid('input', 'input is empty: give the words to say')
  const { speaker, voice } = chooseVoice(asked, models)
  return {
    utterance: { model: speaker.id, voice: voice.id, text, speed: asked.speed, sampleRate: asked.sample_rate },
    format: asked.response_format,
    isPrompt: asked.cache === 'prompt',
  }
}

/** "fr" of "fr-FR". */
export const primaryLanguage = (tag: string) => tag.toLowerCase().split(/[-_]/)[0]!

type Wish = { model?: string | undefined; voice?: string | undefined; language?: string | undefined }

/** What is asked for must be there; what isn't asked for is chosen by what is, by the language, by the order in the manifest. */
function chooseVoice({ model, voice, language }: Wish, { speakers }: Models): { speaker: Speaker; voice: Voice } {
  if (model !== undefined && !speakers.some(({ id }) => id === model)) {
    throw new Problem(
      404,
      `there is no synthesis model ${model}: use one of ${speakers.map(({ id }) => id).join(', ')}`,
      {
        param: 'model',
        code: 'model_not_found',
      },
    )
  }
  const choices = speakers
    .filter(({ id }) => model === undefined || id === model)
    .flatMap((speaker) => speaker.voices.map((each) => ({ speaker, voice: each })))
  if (voice !== undefined) {
    const found = choices.find((choice) => choice.voice.id === voice)
    if (found) return found
    throw invalid('voice', `there is no voice ${voice}: use one of ${choices.map((each) => each.voice.id).join(', ')}`)
  }
  if (language === undefined) return choices[0]!
  const fitting = choices.find((choice) => choice.voice.language === primaryLanguage(language))
  if (fitting) return fitting
  const spoken = [...new Set(choices.map((choice) => choice.voice.language))].join(', ')
  throw invalid('language', `no voice speaks ${language}: use one of ${spoken}`)
}
