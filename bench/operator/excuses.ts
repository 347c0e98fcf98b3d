/** Peers may give up, which is reported and ends no benchmark. Ours has no such excuse. */
import { say } from '../../hack/cluster/progress.ts'
import type { Contestant } from './contestants.ts'
import type { ContestantName } from './options.ts'

export type Phase = 'load' | 'cold restart' | 'idle window'

export type GaveUp = { contestant: ContestantName; callbots: number; during: Phase }

/** A contestant at one size. */
export type Player = { contestant: Contestant; callbots: number }

/**
 * Has a player do a part of the benchmark.
 * @returns undefined when a peer could not, which `gaveUp` holds then
 * @throws what went wrong when ours could not
 */
export type Attempt = <T>(
  { contestant, callbots }: Player,
  during: Phase,
  work: () => Promise<T>,
) => Promise<T | undefined>

export function createAttempt(gaveUp: GaveUp[]): Attempt {
  return async ({ contestant: { name }, callbots }, during, work) => {
    try {
      return await work()
    } catch (error) {
      if (name === 'ours') throw error
      say(`${name} at ${callbots} gave up in its ${during}: ${error instanceof Error ? error.message : String(error)}`)
      gaveUp.push({ contestant: name, callbots, during })
      return undefined
    }
  }
}
