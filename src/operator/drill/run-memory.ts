import type { DrillState } from '../../api/failover-drill-status.ts'
import { NO_REAL_CALLS, type RealCalls } from '../../rules/drill/real-calls.ts'
import type { TestCall } from '../../rules/drill/run.ts'
import type { Clock } from '../../runtime/clock.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import type { LaneOfEdge, RememberedRun } from '../world/failover-drill.ts'

/** As many as a status shows. */
const MOST_PROBLEMS = 20
/** As long as the drill of a slot may wait at most. */
const LONGEST_LINE_MS = 86_400_000

/**
 * What a leader knows of the drills that it runs: in memory alone, by UID. A leader that finds a drill of which it knows nothing never goes on with it.
 * `onChange`: something happened that may be the next step of a drill.
 */
export function createRunMemory(clock: Pick<Clock, 'monotonic'>, log: Log, onChange: (uid: string) => void) {
  const runs = new Map<string, RememberedRun>()
  const turns = new Map<string, number>()
  const change = (uid: string, what: (memory: RememberedRun) => Partial<RememberedRun>) => {
    const memory = runs.get(uid)
    if (memory === undefined) return
    runs.set(uid, { ...memory, ...what(memory) })
    onChange(uid)
  }
  return {
    recall: (uid: string): RememberedRun | undefined => runs.get(uid),
    /** A state was decided on, and is being persisted. @param zones those that take part; they stay */
    enter({ uid, namespace }: { uid: string; namespace: string }, state: DrillState, zones: readonly string[]): void {
      const memory = runs.get(uid) ?? { at: {}, zones, lanes: [], calls: [], real: NO_REAL_CALLS, problems: [] }
      const now = clock.monotonic()
      if (state === 'Baseline') takeTurn(turns, namespace, now)
      runs.set(uid, { ...memory, at: { ...memory.at, [state]: now } })
      log.info({ drill: named(uid), state, at: Math.round(now) }, 'a drill goes into its next state')
    },
    /** What edges say of the lane now, and the real calls that had to do with it. */
    lanesAre(uid: string, lanes: readonly LaneOfEdge[], real: RealCalls): void {
      const { lanes: before, real: realBefore } = runs.get(uid) ?? {}
      const isNews = JSON.stringify([before, realBefore]) !== JSON.stringify([lanes, real])
      if (isNews) change(uid, () => ({ lanes, real }))
    },
    callEnded: (uid: string, call: TestCall): void => change(uid, ({ calls }) => ({ calls: [...calls, call] })),
    problem(uid: string, text: string): void {
      const known = runs.get(uid)?.problems ?? []
      if (known.includes(text) || known.length >= MOST_PROBLEMS) return
      change(uid, ({ problems }) => ({ problems: [...problems, text] }))
    },
    /** By namespace: when its newest drill began, in monotonic milliseconds. */
    turns: (): ReadonlyMap<string, number> => turns,
    forget: (uid: string): void => void runs.delete(uid),
  }
}

/** What is older than any line for leases is forgotten. */
function takeTurn(turns: Map<string, number>, namespace: string, now: number): void {
  for (const [each, at] of turns) if (now - at > LONGEST_LINE_MS) turns.delete(each)
  turns.set(namespace, now)
}

export type RunMemory = ReturnType<typeof createRunMemory>
