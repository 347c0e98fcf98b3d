import { readFile } from 'node:fs/promises'
import { Tensor } from 'onnxruntime-node'
import type { Speaker } from '../model-manifest.ts'
import { phonemesOf } from './phonemes.ts'
import { openSession, type Render } from './onnx-model.ts'

/** The file beside a Piper model, as far as it is used. */
interface PiperConfig {
  audio: { sample_rate: number }
  inference: { noise_scale: number; length_scale: number; noise_w: number }
  phoneme_id_map: Record<string, number[]>
}

/** Marks of the beginning, of the end and between phonemes. */
const [BEGIN, END, BETWEEN] = ['^', '$', '_'] as const

/** A voice for Piper (VITS). */
export async function loadPiper(model: Speaker, threads: number): Promise<Render> {
  const config = JSON.parse(await readFile(model.config, 'utf8')) as PiperConfig
  const { noise_scale, length_scale, noise_w } = config.inference
  const session = await openSession(model.file, threads)
  return async ({ text, voice, speed }) => {
    const { phonemes } = model.voices.find(({ id }) => id === voice)!
    const ids = idsOf(await phonemesOf(text, phonemes), config.phoneme_id_map)
    const made = await session.run({
      input: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
      input_lengths: new Tensor('int64', BigInt64Array.of(BigInt(ids.length)), [1]),
      scales: new Tensor('float32', [noise_scale, length_scale / speed, noise_w], [3]),
    })
    return { samples: made['output']!.data as Float32Array, sampleRate: config.audio.sample_rate }
  }
}

/** Piper learned phonemes with accents apart from their letters (Unicode NFD). What it didn't learn is left out. */
function idsOf(phonemes: string, map: PiperConfig['phoneme_id_map']): number[] {
  const between = map[BETWEEN] ?? []
  const spoken = [...phonemes.normalize('NFD')].flatMap((each) => [...(map[each] ?? []), ...between])
  return [...(map[BEGIN] ?? []), ...between, ...spoken, ...(map[END] ?? [])]
}
