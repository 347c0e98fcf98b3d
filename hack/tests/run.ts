/** Plays test files in lanes, and closes with what became of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { say } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { writeEvidence } from '../evidence.ts'
import { bringUp, type Clusters } from './clusters.ts'
import { declarationOf, type Declaration } from './declaration.ts'
import { endedEarly, runGroup } from './group.ts'
import { runLanes, runQuick } from './lanes.ts'
import { machineLine, watchMachine } from './machine-time.ts'
import { LANES, mayTryAgain, needsZones, planOf } from './plan.ts'
import { prepare } from './prepare.ts'
import { createProgress } from './progress.ts'
import { closing, failedIn, inQuarantine, onlyAtTheSecondTry, type Summary } from './summary.ts'
import { limitOf, Stop } from './stop.ts'
import { createTimeline, timelineRows } from './timeline.ts'

export interface RunOptions {
  files: readonly string[]
  /** Seconds that a file took last. */
  tookLast?: (file: string) => number | undefined
  failedLast?: readonly string[]
  /** No second try. */
  isStrict?: boolean
  /** What needs no zones waits until they are done: what callers hear there is judged. */
  areZonesQuiet?: boolean
  /** Each file alone, in the order given. */
  isOneByOne?: boolean
  /** Called when a group of files has been played. One that was interrupted has shown nothing. */
  onPlayed?: (results: Summary) => void
}

export interface Played {
  summary: Summary
  /** Files of which something passed only at the second try. */
  flaky: readonly string[]
  seconds: number
  /** A line about the machine. */
  machine: string
  /** Why it ended early. */
  stopped?: string | undefined
  code: number
}

/** What a file of the checkout declares. */
export const declared = (file: string): Declaration => declarationOf(file, readFileSync(join(repo, file), 'utf8'))

/**
 * Brings up what the files need, plays them, takes down what it brought up (a cluster that ran before stays), and prints the closing.
 * @throws Error when a file declares what nothing reads
 */
export async function run(o: RunOptions): Promise<Played> {
  const begun = performance.now()
  // Programs that tests start are compiled once: that was half of what a start costs.
  process.env['NODE_COMPILE_CACHE'] ??= join(repo, 'out', 'compile-cache')
  const stop = new Stop(limitOf())
  stop.heedSignals()
  const timeline = createTimeline()
  const machineTime = watchMachine()
  const summary: Summary = {}
  let firstTries: Summary = {}
  const clusters = await timeline.part('cluster, images and tools', async () =>
    o.files.some((file) => needsZones(file, declared(file))) ? bringUp(stop.signal) : NO_CLUSTERS,
  )
  try {
    if (clusters !== undefined && stop.reason === undefined) {
      await timeline.part('callers, trunks, database and recordings', prepare)
      firstTries = await playAll(o, { clusters, stop, timeline, summary })
    }
  } finally {
    await clusters?.removeAll()
  }
  const stopped = stop.reason ?? (clusters === undefined ? 'the cluster could not be started' : undefined)
  const missing = o.files.filter((file) => !(file in summary))
  if (stopped !== undefined) Object.assign(summary, endedEarly(missing, `not played: ${stopped}`))
  const flaky = onlyAtTheSecondTry(summary, firstTries)
  writeEvidence('flaky', { tests: flaky })
  const machine = machineLine(machineTime())
  const { judged, quarantined } = inQuarantine(summary, (file) => declared(file).quarantine !== undefined)
  process.stdout.write(
    closing(judged, firstTries, { parts: timelineRows(timeline.parts()), machine, stopped, quarantined }),
  )
  return {
    ...{ summary, flaky: [...new Set(flaky.map(({ file }) => file))], machine, stopped },
    seconds: (performance.now() - begun) / 1_000,
    code: stopped !== undefined || failedIn(judged).length > 0 ? 1 : 0,
  }
}

const NO_CLUSTERS: Clusters = {
  instances: [],
  removeSecond: () => Promise.resolve(),
  removeAll: () => Promise.resolve(),
}

interface Stage {
  clusters: Clusters
  stop: Stop
  timeline: ReturnType<typeof createTimeline>
  /** Filled. */
  summary: Summary
}

/** @returns what became, at first, of files that were tried again */
async function playAll(o: RunOptions, { clusters, stop, timeline, summary }: Stage): Promise<Summary> {
  const plan = planOf(o.files, { declared, ...o })
  const progress = createProgress(o.files, (file) => o.tookLast?.(file) ?? declared(file).seconds, LANES)
  const play: typeof runGroup = async (files, options = {}) => {
    const lane = options.name ?? 'alone'
    say(`${lane} │ plays ${progress.begins(files)}`)
    const results = await runGroup(files, { signal: stop.signal, ...options })
    progress.ended(files)
    Object.assign(summary, results)
    if (stop.reason === undefined) o.onPlayed?.(results)
    return results
  }
  const one = (files: readonly string[]) => async () => {
    for (const file of files) if (stop.reason === undefined) await play([file])
  }
  if (o.isOneByOne) {
    await timeline.part('one after the other', one(o.files))
    return {}
  }
  const how = { signal: stop.signal, play }
  const { first, neighbours, zones, beside, alone } = plan
  if (first.length > 0) await timeline.part('needs nothing but Node', () => runQuick(first, how))
  const lanes = { clusters: clusters.instances, ...how }
  const inZones = { neighbours, zones, beside: o.areZonesQuiet === true ? [] : beside, ...lanes }
  if ([neighbours, zones, inZones.beside].some((groups) => groups.length > 0))
    await timeline.part('in the zones and beside', () => runLanes(inZones))
  if (o.areZonesQuiet === true && beside.length > 0)
    await timeline.part('without the zones', () => runLanes({ neighbours: [], zones: [], beside, ...lanes }))
  await clusters.removeSecond()
  if (alone.length > 0) await timeline.part('alone', one(alone))
  const isTried = o.isStrict !== true && stop.reason === undefined
  const again = isTried ? mayTryAgain(failedIn(summary), (file) => declared(file).tier) : []
  const firstTries = Object.fromEntries(again.map((file) => [file, summary[file]!]))
  if (again.length > 0) await timeline.part('a second time', one(again))
  return firstTries
}
