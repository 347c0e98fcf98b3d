import { readFileSync } from 'node:fs'
import { fetchRecordings, type Recording } from '../../hack/speech/recordings.ts'
import { laws } from '../../src/wire/codec/g711.ts'
import { readWav } from '../../src/wire/wav.ts'
import type { Engines } from './engines.ts'
import { percentile, processorTime, wordErrors, wordsOf } from './words.ts'

export interface Spread {
  p50: number
  p95: number
}
export const spread = (values: readonly number[]): Spread => ({
  p50: percentile(values, 50),
  p95: percentile(values, 95),
})

export interface RecognitionFigures {
  recordings: number
  words: number
  errors: number
  withoutErrors: number
  /** Of audio. */
  seconds: number
  /** Time to hear for each second of audio. */
  rtf: Spread
  milliseconds: Spread
  /** Processor time for each second of audio, seconds. */
  processorTime: number
  /** What was heard where it wasn't what was said, for people who want to know why. */
  mistakes: { name: string; said: string; heard: string; errors: number }[]
}

/** A bot always sends words to expect. */
const EXPECTED = 'Lilas, ordonnance, Doctolib.'
/** Shorter texts are single words out of a list, longer ones aren't what a caller says in one breath. Words. */
const LENGTH = { least: 8, most: 60 }
/** A text with digits or notes isn't written as it is spoken. */
const NOT_AS_SPOKEN = /[\d[\]()<>]/

/** Recordings whose text says word by word what is spoken. */
export function fitting({ text }: Recording): boolean {
  const count = wordsOf(text).length
  return !NOT_AS_SPOKEN.test(text) && count >= LENGTH.least && count <= LENGTH.most
}

export async function measureRecognition(engines: Engines, most: number): Promise<RecognitionFigures> {
  const chosen = (await fetchRecordings()).filter(fitting).slice(0, most)
  const found: RecognitionFigures['mistakes'] = []
  const took: { seconds: number; milliseconds: number }[] = []
  let words = 0
  const spent = processorTime()
  for (const { name, file, text } of chosen) {
    const { sampleRate, samples } = readWav(readFileSync(file))
    const { heard, milliseconds } = await engines.recognise({
      ...{ samples: overThePhone(samples), sampleRate, language: 'fr', prompt: EXPECTED },
    })
    took.push({ seconds: samples.length / sampleRate, milliseconds })
    words += wordsOf(text).length
    const errors = wordErrors(wordsOf(text), wordsOf(heard.text))
    found.push({ name, said: text, heard: heard.text, errors })
  }
  const mistakes = found.filter(({ errors }) => errors > 0)
  const seconds = took.reduce((sum, each) => sum + each.seconds, 0)
  return {
    recordings: chosen.length,
    words,
    errors: mistakes.reduce((sum, { errors }) => sum + errors, 0),
    withoutErrors: found.length - mistakes.length,
    seconds,
    processorTime: spent() / seconds,
    rtf: spread(took.map(({ seconds, milliseconds }) => milliseconds / 1_000 / seconds)),
    milliseconds: spread(took.map(({ milliseconds }) => milliseconds)),
    mistakes,
  }
}

/** What is left of it after A-law (G.711). */
function overThePhone(samples: Int16Array): Int16Array {
  const { octets, linear } = laws.PCMA
  return samples.map((sample) => linear[octets[sample & 0xffff]!]!)
}

/** Sounds in which nobody speaks, 2 s each: whoever hears words in them makes callers say what they didn't. */
export async function falseTranscriptions(engines: Engines): Promise<{ pieces: number; withWords: number }> {
  const pieces = [
    ...[0, 0.001, 0.01, 0.05, 0.2].flatMap((height) => [noise(height, 0.2), noise(height, 0.9)]),
    ...[50, 425, 440, 1_000, 2_100].flatMap((hertz) => [tone([hertz], 0.1), tone([hertz, hertz * 1.3], 0.3)]),
    ...[697, 770, 852, 941].flatMap((row) => [1_209, 1_336, 1_477].map((column) => tone([row, column], 0.25))),
  ]
  let withWords = 0
  for (const samples of pieces) {
    const { heard } = await engines.recognise({ samples, sampleRate: 8_000, language: 'fr' })
    if (heard.text !== '') withWords++
  }
  return { pieces: pieces.length, withWords }
}

const piece = (height: (index: number) => number) =>
  Int16Array.from({ length: 16_000 }, (_, index) => Math.round(32_767 * height(index)))

const tone = (hertz: readonly number[], height: number) =>
  piece((index) => hertz.reduce((sum, each) => sum + height * Math.sin((2 * Math.PI * each * index) / 8_000), 0))

/** Noise that is the same in every run. @param smooth 0 for white, towards 1 for a rumble */
function noise(height: number, smooth: number): Int16Array {
  let [seed, last] = [1, 0]
  return piece(() => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    last = smooth * last + (1 - smooth) * (seed / 2 ** 31 - 1)
    return height * last
  })
}
