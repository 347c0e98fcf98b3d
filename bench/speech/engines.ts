import { systemClock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import type { SpeakJob } from '../../src/speech/synthesis/text-to-speech.ts'
import type { RecognitionResult, RecognitionJob } from '../../src/speech/recognition/whisper.ts'
import type { Models } from '../../src/speech/model-manifest.ts'
import { createPool } from '../../src/speech/worker-pool.ts'

/** One recogniser and one synthesiser, each in its thread, as a server has them. Times in milliseconds are the engine's alone. */
export interface Engines {
  models: Models
  recognise(job: RecognitionJob): Promise<{ heard: RecognitionResult; milliseconds: number }>
  synthesise(job: SpeakJob): Promise<{ samples: Int16Array; milliseconds: number }>
  close(): Promise<void>
}

export async function openEngines(models: Models, threads: { asr: number; tts: number }): Promise<Engines> {
  const observer = { waited: () => undefined, worked: () => undefined }
  const common = { size: 1, room: { live: 1, ahead: 1 }, clock: systemClock, log: silent, observer }
  const ears = createPool<RecognitionJob, RecognitionResult>({
    ...common,
    task: { kind: 'asr', model: models.recogniser, threads: threads.asr },
  })
  const mouths = createPool<SpeakJob, Int16Array>({
    ...common,
    task: { kind: 'tts', speakers: models.speakers, threads: threads.tts },
  })
  while (ears.ready() + mouths.ready() < 2) await new Promise((resolve) => setTimeout(resolve, 100))
  return {
    models,
    async recognise(job) {
      const begun = performance.now()
      const heard = await ears.run(job, { lane: 'live' })
      return { heard, milliseconds: performance.now() - begun }
    },
    async synthesise(job) {
      const begun = performance.now()
      const samples = await mouths.run(job, { lane: 'live' })
      return { samples, milliseconds: performance.now() - begun }
    },
    async close() {
      await Promise.all([ears.close(), mouths.close()])
    },
  }
}
