/** Lanes that play groups of files beside each other: one for each cluster, and one that needs none. */
import { runGroup } from './group.ts'
import type { Summary } from './summary.ts'

export interface LanesOptions {
  /** Groups that need the three zones. */
  zones: readonly string[][]
  /** Groups that need nothing. */
  beside: readonly string[][]
  /** Instances of the local cluster. */
  clusters: readonly number[]
  /** No group begins when it says so. */
  isInterrupted: () => boolean
  /** Plays one group. */
  play?: typeof runGroup
}

/** Plays all of them: a lane that has finished a group takes the next one, and helps others when it has none of its own left. */
export async function runLanes(o: LanesOptions): Promise<Summary> {
  const { isInterrupted, play = runGroup } = o
  const zones = [...o.zones]
  const beside = [...o.beside]
  const results: Summary = {}
  const lane = async (name: string, env: NodeJS.ProcessEnv, next: () => string[] | undefined) => {
    for (let group = next(); group !== undefined && !isInterrupted(); group = next())
      Object.assign(results, await play(group, { name, env }))
  }
  await Promise.all([
    ...o.clusters.map((instance) =>
      lane(`zones ${instance}`, { CLUSTER_INSTANCE: `${instance}` }, () => zones.shift() ?? beside.shift()),
    ),
    lane('beside ', {}, () => beside.shift()),
  ])
  return results
}
