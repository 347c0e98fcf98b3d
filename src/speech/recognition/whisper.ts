import { Whisper, WhisperFullParams } from '@napi-rs/whisper'
import { wordsOf } from './hallucination-filter.ts'
import type { Recogniser } from '../model-manifest.ts'
import { resample, toFloats } from '../../lib/resample.ts'
import { cutOut, speechBounds } from './speech-segment.ts'
import { loadSilero } from './silero.ts'

export interface RecognitionJob {
  readonly samples: Int16Array
  readonly sampleRate: number
  /** ISO 639-1; absent: recognised. */
  readonly language?: string
  /** Words to expect. */
  readonly prompt?: string
}

export interface RecognitionResult {
  readonly text: string
  readonly language?: string
  /** Seconds of speech. */
  readonly speech: number
}

const RATE = 16_000
const DETECTOR_RATE = 8_000
/** Whisper makes up words for shorter pieces. Samples: 1.5 s. */
const SHORTEST = 24_000
/** The encoder looks at 30 s, as 1,500 places; of a short piece only what is there and some more is reckoned, at a quarter of the time. */
const PLACES = { least: 384, most: 1_500, samplesEach: 320, beyond: 100 }

/** What whisper.cpp takes for greedy sampling; its type is a const enum, which erasable syntax can't name. */
const GREEDY = 0

/** Blocks its thread for the whole time of each piece: run it in a worker. */
export async function loadWhisper(
  model: Recogniser,
  threads: number,
): Promise<(job: RecognitionJob) => Promise<RecognitionResult>> {
  const whisper = new Whisper(model.file, { useGpu: false })
  const detect = await loadSilero()
  return async ({ samples, sampleRate, language, prompt }) => {
    const narrow = resample(toFloats(samples), sampleRate, DETECTOR_RATE)
    const bounds = speechBounds(await detect(narrow))
    if (bounds === undefined) return { text: '', speech: 0, ...(language === undefined ? {} : { language }) }
    const scale = sampleRate / DETECTOR_RATE
    const piece = cutOut(toFloats(samples), Math.round(bounds.from * scale), Math.round(bounds.to * scale))
    const audio = resample(piece, sampleRate, RATE)
    const padded = cutOut(audio, 0, Math.max(SHORTEST, audio.length))
    const text = whisper.full(paramsFor(padded, { threads, language, prompt }), padded)
    return {
      text: wordsOf(text),
      speech: bounds.speech,
      language: language ?? Whisper.lang(whisper.fullLangId) ?? 'en',
    }
  }
}

/** More than anybody says in so many seconds. Without a limit a model that repeats itself goes on to 220 tokens, six times. */
const mostTokens = (seconds: number) => Math.ceil(24 + 10 * seconds)

type Asked = { threads: number; language: string | undefined; prompt: string | undefined }

function paramsFor(audio: Float32Array, { threads, language, prompt }: Asked): WhisperFullParams {
  const params = new WhisperFullParams(GREEDY as never)
  params.language = language ?? 'auto'
  params.nThreads = threads
  params.temperature = 0
  params.noContext = true
  params.noTimestamps = true
  params.printProgress = false
  params.printRealtime = false
  params.maxTokens = mostTokens(audio.length / RATE)
  if (prompt !== undefined && prompt !== '') params.initialPrompt = prompt
  const places = Math.ceil(audio.length / PLACES.samplesEach) + PLACES.beyond
  params.audioCtx = Math.min(PLACES.most, Math.max(PLACES.least, places))
  params.singleSegment = places < PLACES.most
  return params
}
