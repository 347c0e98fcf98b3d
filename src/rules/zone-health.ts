/** The one zone of a cluster in which no node has the label of a zone, such as one on a laptop. */
export const NO_ZONE = 'no-zone'

/** Whether pods can be spread over zones: a constraint on a label that no node has would let no pod start. */
export const canSpreadOverZones = (zones: readonly Pick<ZoneFacts, 'name'>[]): boolean =>
  !zones.some(({ name }) => name === NO_ZONE)

/** What is known of a zone from outside: its nodes by the API server, its bots by our own probes. */
export interface ZoneFacts {
  name: string
  nodes: number
  readyNodes: number
  /** False when none of the bots probed there answers; undefined when there is none to probe. */
  answering: boolean | undefined
}

export type ZoneState = 'Healthy' | 'Degraded' | 'Unreachable'

/**
 * A zone is Unreachable when nothing in it answers: our probes say so seconds before the node controller does
 * (`--node-monitor-grace-period`, 40 s and more). It is Degraded when it answers and lacks pods.
 */
export function zoneState(zone: ZoneFacts, desired: number, ready: number): ZoneState {
  if (zone.readyNodes === 0 || zone.answering === false) return 'Unreachable'
  return ready < desired ? 'Degraded' : 'Healthy'
}

/** Rounds of probes without any answer after which a zone counts as silent. */
export const SILENT_AFTER_ROUNDS = 3

/**
 * Which zones answer, from the number of rounds in a row that each let pass without an answer.
 * When not one zone answers, it is the prober that is cut off: then nothing is known of any.
 */
export function answeringZones(missedRounds: ReadonlyMap<string, number>): Map<string, boolean | undefined> {
  const answers = [...missedRounds].map(([zone, missed]) => [zone, missed < SILENT_AFTER_ROUNDS] as const)
  const anyone = answers.some(([, answering]) => answering)
  return new Map(answers.map(([zone, answering]) => [zone, anyone ? answering : undefined]))
}
