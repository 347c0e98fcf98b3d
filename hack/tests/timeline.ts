/** Where the time of a run goes: how long each of its parts took, and how much of the processors it left unused. */
import { watchIdleTime } from '../calls/processor-time.ts'

export interface Part {
  name: string
  seconds: number
  /** Share of processor time, 0 to 1, in which nobody wanted to run. */
  idle: number
}

export interface Timeline {
  /** Plays a part of the run, and notes how long it took, also where it fails. */
  part<T>(name: string, play: () => Promise<T>): Promise<T>
  parts(): readonly Part[]
}

export function createTimeline(): Timeline {
  const parts: Part[] = []
  return {
    async part(name, play) {
      const from = performance.now()
      const idle = watchIdleTime()
      try {
        return await play()
      } finally {
        parts.push({ name, seconds: (performance.now() - from) / 1_000, idle: idle() })
      }
    },
    parts: () => parts,
  }
}

/** One line for each part. Pure. */
export const timelineRows = (parts: readonly Part[]): string[] =>
  parts.map(
    ({ name, seconds, idle }) =>
      `${seconds.toFixed(0).padStart(5)} s  ${name}, ${(idle * 100).toFixed(0)} % of the processors idle`,
  )
