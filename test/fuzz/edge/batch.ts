import { pause } from '../../../hack/cluster/shell.ts'
import type { NeighbourCall } from './neighbour.ts'
import type { OptionsWitness } from './options-witness.ts'
import { type Mutation, playMutation } from './plays.ts'
import type { FuzzStage } from './stage.ts'
import { watchWire } from './wire-watch.ts'

/** A mutation after which something was wrong, played alone, or all that may be to blame. */
export interface Finding {
  readonly faults: readonly string[]
  readonly by: readonly { seed: number; what: string; octets: string }[]
}

/** What outlasts a batch. */
export interface Watch {
  readonly stage: FuzzStage
  /** For captures. */
  readonly folder: string
  readonly neighbour: NeighbourCall
  readonly witness: OptionsWitness
  /** What became of the hostile messages, and how often. */
  readonly outcomes: Record<string, number>
  longestStallMs: number
  packets: number
  /** How many mutations were played, those among them that were played again. */
  plays: number
  /** Sessions of the relay at the last look. */
  sessions: number
  /** Calls of which no end has confirmed that they are over. */
  unended: number
}

interface Played extends Mutation {
  /** Seconds since 1970. */
  begun: number
  ended: number
}

const TOGETHER = 10
/** docs/bounds.md, in processor time of the thread. */
const MOST_STALL_MS = 50
/** Captures and calls don't begin and end at the same instant. Seconds. */
const AROUND = 0.3
/** A batch is searched for the one to blame by playing so many alone at most. */
const MOST_ALONE = 60

/**
 * Plays the mutations of these seeds, some at the same time. If something was wrong after them, those that may be to blame are played again,
 * alone.
 */
export async function playBatch(watch: Watch, seeds: readonly number[]): Promise<Finding | undefined> {
  const batch = seeds.map((seed): Played => ({ seed, what: '', octets: Buffer.alloc(0), begun: 0, ended: 0 }))
  const faults = await playAll(watch, batch, TOGETHER)
  if (faults.length === 0) return undefined
  const times = faults.map(({ at }) => at)
  const wasThen = ({ begun, ended }: Played) =>
    times.some((at) => at === undefined || (at > begun - AROUND && at < ended + AROUND))
  const suspects = batch.filter(wasThen).slice(0, MOST_ALONE)
  for (const suspect of suspects) {
    const alone = await playAll(watch, [suspect], 1)
    if (alone.length > 0) return findingOf(alone, [suspect])
  }
  return findingOf(faults, suspects)
}

const findingOf = (faults: readonly Fault[], by: readonly Mutation[]): Finding => ({
  faults: faults.map(({ fault }) => fault),
  by: by.map(({ seed, what, octets }) => ({ seed, what, octets: octets.toString('latin1') })),
})

interface Fault {
  readonly fault: string
  /** Seconds since 1970, if that is known. */
  readonly at?: number
}

async function playAll(watch: Watch, batch: readonly Played[], together: number): Promise<Fault[]> {
  const { stage, folder } = watch
  const before = watch.witness.faults.length
  const named = (address: string) => batch.some(({ octets }) => octets.includes(address))
  const ended = await watchWire(folder, { parties: stage.parties, named })
  let begun = 0
  const unended = watch.unended
  const work = async () => {
    for (let mutation = batch[begun++]; mutation; mutation = batch[begun++]) {
      mutation.begun = Date.now() / 1_000
      const { said, isOver } = await playMutation(stage, mutation, watch.plays++)
      mutation.ended = Date.now() / 1_000
      watch.outcomes[said] = (watch.outcomes[said] ?? 0) + 1
      if (!isOver) watch.unended++
    }
  }
  await Promise.all(Array.from({ length: together }, work))
  const wire = await ended()
  watch.packets += wire.packets
  const { longestMs } = await stage.real.look()
  watch.longestStallMs = Math.max(watch.longestStallMs, longestMs)
  const left = await sessionsLeft(watch, watch.unended - unended)
  return [
    ...wire.strayed,
    ...(left > 0 ? [{ fault: `the relay keeps the sessions of ${left} calls that are over` }] : []),
    ...watch.witness.faults.slice(before).map((fault) => ({ fault })),
    ...harmOf(watch.neighbour).map((fault) => ({ fault })),
    ...(longestMs > MOST_STALL_MS ? [{ fault: `the pod's event loop was held for ${Math.round(longestMs)} ms` }] : []),
  ]
}

/** Sessions that came since the last look and should be gone. @param unended calls that may still have one */
async function sessionsLeft(watch: Watch, unended: number): Promise<number> {
  const before = watch.sessions
  for (let looks = 0; looks < 10; looks++) {
    watch.sessions = await watch.stage.rig.relay!.sessions()
    if (watch.sessions <= before + unended) return 0
    await pause(100)
  }
  return watch.sessions - before - unended
}

/** What happened to the neighbour's call since the last look. */
function harmOf(neighbour: NeighbourCall): string[] {
  const { caller, pod, ended } = neighbour.look()
  const heard = Object.entries({ caller, pod }).flatMap(([who, { missing, foreign }]) => [
    ...(missing > 0 ? [`the neighbour's ${who} misses ${missing} frames`] : []),
    ...(foreign > 0 ? [`the neighbour's ${who} hears ${foreign} packets that are not of its call`] : []),
  ])
  return ended === undefined ? heard : [...heard, `the neighbour's call was ended: ${ended}`]
}
