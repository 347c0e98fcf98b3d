import type { Speaker } from '../model-manifest.ts'
import { resample, toIntegers } from '../../lib/resample.ts'
import { trimmed } from './silence-trimming.ts'
import { loadKokoro } from './kokoro.ts'
import { loadPiper } from './piper.ts'
import type { Render } from './onnx-model.ts'

export interface SpeakJob {
  readonly model: string
  readonly voice: string
  /** One sentence. */
  readonly text: string
  readonly speed: number
  readonly sampleRate: number
}

const LOADERS = { kokoro: loadKokoro, piper: loadPiper }

/** Loads every model that speaks; each job is one sentence. */
export async function loadSpeakers(
  speakers: readonly Speaker[],
  threads: number,
): Promise<(job: SpeakJob) => Promise<Int16Array>> {
  const renders = new Map<string, Render>()
  for (const speaker of speakers) renders.set(speaker.id, await LOADERS[speaker.engine](speaker, threads))
  return async ({ model, sampleRate, ...sentence }) => {
    const made = await renders.get(model)!(sentence)
    return toIntegers(resample(trimmed(made.samples, made.sampleRate), made.sampleRate, sampleRate))
  }
}
