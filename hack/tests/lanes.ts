/** Lanes that play groups of files beside each other: one for each cluster, and one that turns to what needs none. */
import { runGroup } from './group.ts'
import type { Summary } from './summary.ts'

/** The variable with the number of a lane, from 0: tests that play beside each other take addresses of their own by it. */
export const TEST_LANE = 'TEST_LANE'

export interface LanesOptions {
  /** Groups that need the three zones and leave them as they are. */
  neighbours: readonly string[][]
  /** Groups that need the three zones for themselves. */
  zones: readonly string[][]
  /** Groups that need nothing. */
  beside: readonly string[][]
  /** Instances of the local cluster. */
  clusters: readonly number[]
  /** Ends what is played, and no group begins after it. */
  signal?: AbortSignal
  /** Plays one group. */
  play?: typeof runGroup
}

type How = Pick<LanesOptions, 'signal' | 'play'>

/** One group after the other, as long as there is a next one and nobody has interrupted the run. */
async function runLane(
  { signal, play = runGroup }: How,
  { name, env = {}, next }: { name: string; env?: NodeJS.ProcessEnv; next: () => string[] | undefined },
): Promise<Summary> {
  const results: Summary = {}
  for (let group = next(); group !== undefined && !signal?.aborted; group = next())
    Object.assign(results, await play(group, { name, env, ...(signal && { signal }) }))
  return results
}

/** Plays groups that need nothing but Node, two at a time: each of them keeps one core busy. */
export async function runQuick(groups: readonly string[][], how: How): Promise<Summary> {
  const waiting = [...groups]
  const next = () => waiting.shift()
  const lanes = await Promise.all(
    ['first', 'second'].map((name, index) => runLane(how, { name, env: { [TEST_LANE]: `${index}` }, next })),
  )
  return Object.assign({}, ...lanes)
}

/**
 * Plays all of them. In the first cluster, two lanes play neighbours; when both have finished, one of them has the cluster for itself and
 * the other turns to what needs none. When the zones are done, there is a third lane: drills and killed pods, which are judged there, would
 * not have the processor time beside two others. A lane that has nothing of its own left helps the others.
 */
export async function runLanes(o: LanesOptions): Promise<Summary> {
  const neighbours = [...o.neighbours]
  const zones = [...o.zones]
  const beside = [...o.beside]
  const results: Summary = {}
  const names: string[] = []
  const lane = async (name: string, more: NodeJS.ProcessEnv, next: () => string[] | undefined) => {
    if (!names.includes(name)) names.push(name)
    const env = { ...more, [TEST_LANE]: `${names.indexOf(name)}` }
    Object.assign(results, await runLane(o, { name, env, next }))
  }
  const cluster = (instance: number) => ({ CLUSTER_INSTANCE: `${instance}` })
  const [first = 0, ...others] = o.clusters
  const [second, third] = ['beside', 'third'] as const
  const help = (name: string, env = {}) => lane(name, env, () => beside.shift())
  const zonesOf = (instance: number) => lane(`zones ${instance}`, cluster(instance), () => zones.shift())
  const inFirst = [`zones ${first}`, second].map((name) => lane(name, cluster(first), () => neighbours.shift()))
  await Promise.all([
    Promise.all(inFirst)
      .then(() => zonesOf(first))
      .then(() => Promise.all([help(`zones ${first}`, cluster(first)), help(third)])),
    inFirst[1]!.then(() => help(second)),
    ...others.map((instance) => zonesOf(instance).then(() => help(`zones ${instance}`, cluster(instance)))),
  ])
  return results
}
