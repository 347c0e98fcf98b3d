/** The thread in which one engine works, so that a second of reckoning never holds up the server's event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SpeakJob } from './synthesis/text-to-speech.ts'
import type { RecognitionJob } from './recognition/whisper.ts'
import type { Recogniser, Speaker } from './model-manifest.ts'

/** What a worker is started with. */
export type WorkerTask =
  | { readonly kind: 'asr'; readonly model: Recogniser; readonly threads: number }
  | { readonly kind: 'tts'; readonly speakers: readonly Speaker[]; readonly threads: number }

/** What it answers: that it is loaded, or what became of a job. An error's text never holds what was said. */
export type WorkerAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly message: string }

/** A first run reserves memory and is slow: the caller shall not wait for it. */
const WARM_UP = {
  asr: { samples: new Int16Array(16_000), sampleRate: 8_000, language: 'fr' } satisfies RecognitionJob,
  tts: 'Bonjour, un instant.',
}

/** Loads only what the task needs: a thread that has loaded the native libraries of both crashes the process when it ends. */
async function load(task: WorkerTask): Promise<(job: never) => Promise<unknown>> {
  if (task.kind === 'asr') {
    const { loadWhisper } = await import('./recognition/whisper.ts')
    const hear = await loadWhisper(task.model, task.threads)
    await hear(WARM_UP.asr)
    return hear
  }
  const { loadSpeakers } = await import('./synthesis/text-to-speech.ts')
  const speak = await loadSpeakers(task.speakers, task.threads)
  for (const { id, voices } of task.speakers) {
    const job: SpeakJob = { model: id, voice: voices[0]!.id, text: WARM_UP.tts, speed: 1, sampleRate: 8_000 }
    await speak(job)
  }
  return speak
}

const port = parentPort!
const answer = (message: WorkerAnswer) => port.postMessage(message)
const work = await load(workerData as WorkerTask)
port.on('message', (job: unknown) => {
  void work(job as never).then(
    (result) => answer({ kind: 'done', result }),
    (error: unknown) => answer({ kind: 'failed', message: error instanceof Error ? error.message : 'unknown' }),
  )
})
answer({ kind: 'ready' })
