import type { World } from '../world/callbot.ts'

/**
 * The operator may read neither Secrets nor ConfigMaps of a client: that one is missing, a pod that waits for its volumes shows.
 * OursMissing: ours have to be written again. UsersMissing: they were, and a pod waits all the same.
 */
export interface VolumesVerdict {
  oursMissing: boolean
  usersMissing: boolean
  /** When the verdict may become another one without an event, in epoch milliseconds. */
  deadlines: number[]
}

/** A pod that waits this long for its volumes has probably lost its Secret. */
export const VOLUME_PATIENCE_SECONDS = 20
const PATIENCE_MS = VOLUME_PATIENCE_SECONDS * 1000

export function judgeVolumes({ pods, now, bot }: Pick<World, 'pods' | 'now' | 'bot'>): VolumesVerdict {
  const since = pods.flatMap(({ waitingForVolumesSince }) => waitingForVolumesSince ?? [])
  const issuedAt = Date.parse(bot?.status?.certificate?.notBefore ?? '')
  // Once for each pod that waits: what it waits for after that is not ours, and must not cost a write again and again.
  const isAnswered = (at: number) => issuedAt > at + PATIENCE_MS
  return {
    oursMissing: since.some((at) => at + PATIENCE_MS < now && !isAnswered(at)),
    usersMissing: since.some((at) => at + 2 * PATIENCE_MS < now),
    deadlines: since.flatMap((at) => [1, 2].map((times) => at + times * PATIENCE_MS + 1)),
  }
}
