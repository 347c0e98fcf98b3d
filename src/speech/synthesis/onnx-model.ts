import { InferenceSession } from 'onnxruntime-node'

/** A sentence as sound, at the model's own rate. */
export type Render = (o: { text: string; voice: string; speed: number }) => Promise<{
  samples: Float32Array
  sampleRate: number
}>

/**
 * A model for onnxruntime. Without its arena a session takes 200 MB less and no longer. Its threads don't spin while they wait for each
 * other: on a shared machine that is a third of the processor's time for nothing.
 */
export const openSession = (file: string, threads: number): Promise<InferenceSession> =>
  InferenceSession.create(file, {
    intraOpNumThreads: threads,
    enableCpuMemArena: false,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
