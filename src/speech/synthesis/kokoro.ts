import { readFile } from 'node:fs/promises'
import { Tensor } from 'onnxruntime-node'
import type { Speaker } from '../model-manifest.ts'
import { phonemesOf } from './phonemes.ts'
import { openSession, type Render } from './onnx-model.ts'

const RATE = 24_000
/** Numbers in a style vector; a voice has one for each count of phonemes. */
const STYLE = 256
/** The model's context, without the two zeros around it. */
const MOST_TOKENS = 510

/** Kokoro-82M (hexgrad, Apache-2.0). */
export async function loadKokoro(model: Speaker, threads: number): Promise<Render> {
  const { vocab } = JSON.parse(await readFile(model.config, 'utf8')) as { vocab: Record<string, number> }
  const styles = new Map<string, Float32Array>()
  for (const { id, file } of model.voices) styles.set(id, await readStyles(id, file))
  const session = await openSession(model.file, threads)
  return async ({ text, voice, speed }) => {
    const { phonemes } = model.voices.find(({ id }) => id === voice)!
    const known = [...(await phonemesOf(text, phonemes))].flatMap((each) => vocab[each] ?? [])
    const tokens = known.slice(0, MOST_TOKENS)
    if (tokens.length === 0) return { samples: new Float32Array(0), sampleRate: RATE }
    const style = styles.get(voice)!.subarray(tokens.length * STYLE, (tokens.length + 1) * STYLE)
    const made = await session.run({
      tokens: new Tensor('int64', BigInt64Array.from([0, ...tokens, 0], BigInt), [1, tokens.length + 2]),
      style: new Tensor('float32', style, [1, STYLE]),
      speed: new Tensor('float32', [speed], [1]),
    })
    return { samples: made['audio']!.data as Float32Array, sampleRate: RATE }
  }
}

async function readStyles(voice: string, file: string | undefined): Promise<Float32Array> {
  if (file === undefined) throw new Error(`the voice ${voice} needs a file with its styles: name it in manifest.json`)
  const bytes = await readFile(file)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
