/** A pod, as far as it matters to whether it may go. */
export interface ScaleDownCandidate {
  name: string
  zone: string | undefined
  /** Whether it was given to a node, whether its containers run, whether it takes calls. */
  placed: boolean
  running: boolean
  ready: boolean
  /** It was stopped. */
  terminating: boolean
  /** Live calls, as it told last; undefined: it has not, or does not any more. */
  calls: number | undefined
  /** Chosen to go before. */
  marked: boolean
}

/**
 * Pods to take away, at most `count` and one for each zone at a time, none with a call: fewer than asked for, or none, where
 * that can't be had. The rest is as even over the zones as before, and no zone loses its last pod.
 *
 * A ReplicaSet takes pods that are not placed, not running or not ready before any other, whatever their deletion cost
 * (kubernetes/kubernetes, pkg/controller/controller_utils.go, ActivePodsWithRanks). So those are the first here, too; and as long as
 * one of them has to stay, none of those after it can go.
 */
export function choosePodsToRemove<P extends ScaleDownCandidate>(pods: readonly P[], count: number): P[] {
  // One step at a time: who was taken before has left, or has a last call.
  if (pods.some(({ terminating, calls }) => terminating && calls === 0)) return []
  const staying = pods.filter(({ terminating }) => !terminating)
  const most = Math.min(count, new Set(staying.map(({ zone }) => zone)).size)
  const chosen: P[] = []
  for (const rank of [0, 1, 2, 3]) {
    const equals = inOrder(staying.filter((pod) => rankOf(pod) === rank))
    while (chosen.length < most) {
      const next = equals.find((pod) => !chosen.includes(pod) && isIdle(pod) && zoneCanSpare(pod, staying, chosen))
      if (next === undefined) break
      chosen.push(next)
    }
    if (!equals.every((pod) => chosen.includes(pod))) break
  }
  return chosen
}

const rankOf = ({ placed, running, ready }: ScaleDownCandidate) => (!placed ? 0 : !running ? 1 : !ready ? 2 : 3)
/** A pod that does not run yet has no call; of one that runs we want to have heard. */
const isIdle = (pod: ScaleDownCandidate) => !pod.running || pod.calls === 0

/** Those that were chosen before come first, so that the choice stands from one look to the next. */
const inOrder = <P extends ScaleDownCandidate>(pods: readonly P[]) =>
  pods.toSorted((a, b) => Number(b.marked) - Number(a.marked) || (a.name < b.name ? -1 : 1))

/** Whether it is one of the zones with the most pods, and has another. A pod without a node belongs to none. */
function zoneCanSpare(
  pod: ScaleDownCandidate,
  staying: readonly ScaleDownCandidate[],
  chosen: readonly ScaleDownCandidate[],
): boolean {
  if (pod.zone === undefined) return !pod.placed
  const left = new Map<string, number>()
  for (const each of staying) {
    if (each.zone !== undefined && !chosen.includes(each)) left.set(each.zone, (left.get(each.zone) ?? 0) + 1)
  }
  const here = left.get(pod.zone) ?? 0
  return here > 1 && here === Math.max(...left.values())
}
