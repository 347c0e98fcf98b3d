/** What `spec.capacity` says of the number of pods. */
export interface ReplicaBounds {
  minReplicas: number
  maxReplicas: number
  /** Set by a person or an autoscaler through the scale subresource. */
  replicas?: number | undefined
}

/** Pods to run, at least `minReplicas` and at most `maxReplicas`, whatever the scale subresource asks for. */
export function desiredReplicas(bounds: ReplicaBounds): number {
  const wanted = bounds.replicas ?? bounds.minReplicas
  return Math.min(Math.max(wanted, bounds.minReplicas), Math.max(bounds.maxReplicas, bounds.minReplicas))
}

/**
 * Shares `replicas` out over `zones` as the scheduler does with maxSkew 1: no zone has two more than another.
 * Zones earlier in the alphabet get the remainder.
 */
export function spreadOverZones(replicas: number, zones: readonly string[]): Map<string, number> {
  const ordered = [...zones].sort()
  const share = ordered.length === 0 ? 0 : Math.floor(replicas / ordered.length)
  const remainder = ordered.length === 0 ? 0 : replicas % ordered.length
  return new Map(ordered.map((zone, index) => [zone, share + (index < remainder ? 1 : 0)]))
}
