/**
 * `make bench-speech`: how well and how fast the embedded speech server hears and speaks. The audio is people's, its text written by those who
 * published it; the engines work in threads, as in the server. `--recordings N` takes the first N.
 */
import { loadavg } from 'node:os'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { say } from '../../hack/cluster/progress.ts'
import { ensureModels } from '../../hack/speech/models.ts'
import { readSpeechConfig } from '../../src/speech/config.ts'
import { readModels } from '../../src/speech/model-manifest.ts'
import { falseTranscriptions, measureRecognition, type RecognitionFigures } from './recognition.ts'
import { openEngines } from './engines.ts'
import { measureSynthesis, type Speaking } from './synthesis.ts'

const option = process.argv.indexOf('--recordings')
const most = option < 0 ? Infinity : Number(process.argv[option + 1])
if (!(most >= 1)) throw new Error('--recordings needs a number from 1 up')

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const milliseconds = (value: number) => `${value.toFixed(0)} ms`
const times = (value: number) => value.toFixed(2)

function hearingRows({
  recordings,
  words,
  errors,
  withoutErrors,
  seconds,
  rtf,
  milliseconds: ms,
  processorTime,
}: RecognitionFigures) {
  return [
    ['French recordings of a person, over A-law at 8 kHz', `${recordings} (${words} words, ${seconds.toFixed(0)} s)`],
    ['word error rate', percent(errors / words)],
    ['recordings without an error', percent(withoutErrors / recordings)],
    ['time to hear one, p50 and p95', `${milliseconds(ms.p50)}, ${milliseconds(ms.p95)}`],
    ['real-time factor of hearing, p50 and p95', `${times(rtf.p50)}, ${times(rtf.p95)}`],
    ['processor time to hear a second', `${times(processorTime)} s`],
  ] as const
}

function speakingRows(
  name: string,
  { sentences, seconds, rtf, firstMilliseconds, errors, words, processorTime }: Speaking,
) {
  return [
    [`${name}: sentences spoken`, `${sentences} (${seconds.toFixed(0)} s)`],
    [`${name}: real-time factor of speaking, p50 and p95`, `${times(rtf.p50)}, ${times(rtf.p95)}`],
    [
      `${name}: a sentence is there after, p50 and p95`,
      `${milliseconds(firstMilliseconds.p50)}, ${milliseconds(firstMilliseconds.p95)}`,
    ],
    [`${name}: processor time to speak a second`, `${times(processorTime)} s`],
    [`${name}: word error rate of our own ear on that voice`, percent(errors / words)],
  ] as const
}

const load = loadavg()[0]!
const { threads } = readSpeechConfig({})
const engines = await openEngines(await readModels(await ensureModels()), threads)
try {
  say('hearing people')
  const heard = await measureRecognition(engines, most)
  say('hearing noises')
  const noises = await falseTranscriptions(engines)
  say('speaking')
  const french = await measureSynthesis(engines, 'fr')
  const english = await measureSynthesis(engines, 'en')
  printFigures('The embedded speech server', [
    ...hearingRows(heard),
    ['noises, tones and silences in which it heard words', `${noises.withWords} of ${noises.pieces}`],
    ...speakingRows('French', french),
    ...speakingRows('English', english),
    ['load of the machine when it began (1 a processor is full)', times(load)],
    ['threads to hear, to speak', `${threads.asr}, ${threads.tts}`],
  ])
  const path = writeEvidence(
    'bench-speech',
    { threads, load, heard, noises, french, english },
    { form: most === Infinity ? 'whole' : 'custom' },
  )
  console.log(`All figures: ${path}`)
} finally {
  await engines.close()
}
