import type { ScaleDownCandidate } from '../../src/rules/scaling/scale-down.ts'

/**
 * Which pods the controller of ReplicaSets takes away when there are `surplus` too many (ActivePodsWithRanks of kubernetes
 * 1.34, as far as it can be seen from outside). `chance` decides where it has reasons of its own.
 */
export function takenByReplicaSet<P extends ScaleDownCandidate>(
  pods: readonly P[],
  surplus: number,
  chance: (pod: P) => number,
): P[] {
  const phase = ({ placed, running, ready }: ScaleDownCandidate) => (!placed ? 0 : !running ? 1 : !ready ? 2 : 3)
  const cost = ({ marked }: ScaleDownCandidate) => (marked ? -1 : 0)
  return pods
    .filter(({ terminating }) => !terminating)
    .toSorted((a, b) => phase(a) - phase(b) || cost(a) - cost(b) || chance(a) - chance(b))
    .slice(0, surplus)
}
