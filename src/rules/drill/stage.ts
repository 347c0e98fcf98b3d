/** How far a FailoverDrill has come, by its status: it is pending, runs, or has ended. Each drill is exactly one of the three. */
import type { FailoverDrillStatus } from '../../api/failover-drill.ts'

interface Drill {
  readonly status?: Pick<FailoverDrillStatus, 'state' | 'verdict'> | undefined
}

/** It has a verdict, which is final, though what it ordered may still be taken back. */
export const hasEnded = ({ status }: Drill): boolean => status?.verdict !== undefined

/** It waits for its checks or its lease: no edge and no pod has orders of it. */
export const isPending = (drill: Drill): boolean => !hasEnded(drill) && (drill.status?.state ?? 'Pending') === 'Pending'

/** From the moment on from which edges and pods may have orders of it, until its verdict. */
export const isRunning = (drill: Drill): boolean => !hasEnded(drill) && !isPending(drill)

/**
 * It is pending no more, or the leader has decided so and has yet to write it.
 * @param remembered what the leader that decided so knows of it; undefined: it has decided nothing
 */
export const hasBegun = (drill: Drill, remembered: object | undefined): boolean =>
  remembered !== undefined || !isPending(drill)
