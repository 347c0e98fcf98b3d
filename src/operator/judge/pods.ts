import type { PodFacts, World } from '../world/callbot.ts'

/** Whether new calls go to the pod. */
export const takesCalls = ({ ready, terminating }: Pick<PodFacts, 'ready' | 'terminating'>) => ready && !terminating

export const podsTakingCalls = ({ pods }: Pick<World, 'pods'>): PodFacts[] => pods.filter(takesCalls)
