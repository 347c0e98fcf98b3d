import type { Demand } from './demand.ts'

/** What `spec.capacity` says. */
export interface CapacityRule {
  scaling: 'Buffer' | 'External'
  callsPerPod: number
  /** Free places to keep: a number, or a share of the live calls such as 25%. */
  buffer: number | string
  minReplicas: number
  maxReplicas: number
  /** With `External`: set by a person or an autoscaler through the scale subresource. */
  replicas?: number | undefined
}

/** The number within the limits of the spec. The fewest count more than the most, should they contradict each other. */
export const withinLimits = (replicas: number, { minReplicas, maxReplicas }: CapacityRule): number =>
  Math.max(minReplicas, Math.min(replicas, maxReplicas))

/** Pods of a bot that nobody calls. */
export const replicasAtRest = (rule: CapacityRule): number =>
  withinLimits(rule.scaling === 'External' ? (rule.replicas ?? rule.minReplicas) : rule.minReplicas, rule)

/**
 * Pods that have places for so many calls and the buffer, whatever the limits. One place is always free: without any buffer a pod
 * is added when the last one is taken.
 */
export function replicasFor(calls: number, rule: CapacityRule): number {
  return Math.ceil((calls + Math.max(1, bufferFor(calls, rule.buffer))) / rule.callsPerPod)
}

function bufferFor(calls: number, buffer: number | string): number {
  return typeof buffer === 'number' ? buffer : Math.ceil((calls * Number.parseInt(buffer, 10)) / 100)
}

/**
 * Pods that there should be: at once as many as the live calls need, and fewer only after `QUIET_MS` in which fewer would have
 * been enough. While callers are turned away twice as many as answer now, as nobody knows how many stand behind them.
 * @param held pods that there should have been until now; undefined: there are none yet, or none any more
 * @param answering pods that take calls now
 * @param demand undefined: no pod has reported its calls, so nothing is changed but what the limits ask for
 */
export function replicasWanted(
  rule: CapacityRule,
  held: number | undefined,
  answering: number,
  demand: Demand | undefined,
): number {
  if (rule.scaling === 'External') return replicasAtRest(rule)
  const before = held ?? replicasAtRest(rule)
  if (demand === undefined) return withinLimits(before, rule)
  const least = demand.peak === undefined ? before : replicasFor(demand.peak, rule)
  const now = Math.max(replicasFor(demand.calls, rule), demand.turnedAway ? 2 * answering : 0)
  return withinLimits(Math.max(now, Math.min(before, least)), rule)
}
