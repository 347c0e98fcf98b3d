import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const named = z.string().min(1)

const voiceSchema = z.object({
  id: named,
  /** ISO 639-1, such as "fr". */
  language: z.string().regex(/^[a-z]{2}$/),
  /** The voice of espeak-ng that writes its phonemes, such as "fr-fr". */
  phonemes: named,
  file: named.optional(),
})

const recogniserSchema = z.object({ id: named, engine: z.literal('whisper'), file: named })

const speakerSchema = z.object({
  id: named,
  engine: z.enum(['kokoro', 'piper']),
  file: named,
  config: named,
  voices: z.array(voiceSchema).min(1),
})

const manifestSchema = z.object({ models: z.array(z.union([recogniserSchema, speakerSchema])) })

export type Voice = z.output<typeof voiceSchema>
/** A model that hears. */
export type Recogniser = z.output<typeof recogniserSchema>
/** A model that speaks. */
export type Speaker = z.output<typeof speakerSchema>

/** What a folder of models offers; files with their whole path. The first voice is the default. */
export interface Models {
  readonly recogniser: Recogniser
  readonly speakers: readonly Speaker[]
}

/** @throws Error that names the file and the cure */
export async function readModels(folder: string): Promise<Models> {
  const path = join(folder, 'manifest.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} can't be read: set CALLBOT_MODELS_DIR to a folder made by \`make speech-models\``, {
      cause,
    })
  })
  const parsed = manifestSchema.safeParse(parseJson(path, text))
  if (!parsed.success) throw new Error(`${path} is wrong: ${z.prettifyError(parsed.error)}`)
  const { models } = parsed.data
  const at = (name: string) => join(folder, name)
  const [recogniser, ...others] = models.filter((model) => model.engine === 'whisper')
  const speakers = models
    .filter((model) => model.engine !== 'whisper')
    .map((each) => ({
      ...each,
      file: at(each.file),
      config: at(each.config),
      voices: each.voices.map((voice) => (voice.file === undefined ? voice : { ...voice, file: at(voice.file) })),
    }))
  if (recogniser === undefined || others.length > 0 || speakers.length === 0) {
    throw new Error(
      `${path} must name one recognition model (whisper) and at least one synthesis model (kokoro or piper)`,
    )
  }
  return { recogniser: { ...recogniser, file: at(recogniser.file) }, speakers }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is no JSON`, { cause })
  }
}
