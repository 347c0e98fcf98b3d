/** A sentence as sound, at the model's own rate. */
export type Render = (o: { text: string; voice: string; speed: number }) => Promise<{
  samples: Float32Array
  sampleRate: number
}>
