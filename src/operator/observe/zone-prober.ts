import { pause, type Clock } from '../../runtime/clock.ts'
import { answeringZones } from '../../rules/zone-health.ts'
import type { Caches } from './caches.ts'
import type { CachedPod } from './projections.ts'

/** How often each zone is asked, in seconds. Three silent rounds, the last with its timeout, make a zone unreachable: it shows within 4 s. */
const ROUND_SECONDS = 1
/** Bots asked in each zone and round: some may be down for reasons of their own. */
const PROBES_PER_ZONE = 3

export interface ZoneProberOptions {
  caches: Pick<Caches, 'nodes' | 'pods'>
  /** Sends SIP OPTIONS to a bot pod; true when it answers. Never throws. */
  probe: (pod: CachedPod & { ip: string }) => Promise<boolean>
  clock: Clock
  onChange: (zone: string, answering: boolean | undefined) => void
}

export interface ZoneProber {
  /** Goes on until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** False when the zone is silent, undefined when that can't be known. */
  answering(zone: string): boolean | undefined
}

/**
 * Asks a few bots in every zone whether they answer: their number doesn't grow with the number of bots. The node
 * controller needs most of a minute to call a zone lost, and callers do not wait that long.
 */
export function createZoneProber(o: ZoneProberOptions): ZoneProber {
  const missed = new Map<string, number>()
  let answers = new Map<string, boolean | undefined>()
  const askAll = async () => {
    const targets = targetsByZone(o.caches)
    for (const zone of missed.keys()) if (!targets.has(zone)) missed.delete(zone)
    await Promise.all(
      [...targets].map(async ([zone, pods]) => {
        const heard = (await Promise.all(pods.map(o.probe))).includes(true)
        missed.set(zone, heard ? 0 : (missed.get(zone) ?? 0) + 1)
      }),
    )
    const before = answers
    answers = answeringZones(missed)
    for (const zone of new Set([...before.keys(), ...answers.keys()])) {
      if (before.get(zone) !== answers.get(zone)) o.onChange(zone, answers.get(zone))
    }
  }
  return {
    answering: (zone) => answers.get(zone),
    async run(signal) {
      while (!signal.aborted) {
        const round = o.clock.monotonic()
        await askAll()
        await pause(o.clock, Math.max(0, ROUND_SECONDS * 1000 - (o.clock.monotonic() - round)), signal)
      }
    },
  }
}

function targetsByZone({ nodes, pods }: ZoneProberOptions['caches']): Map<string, (CachedPod & { ip: string })[]> {
  const targets = new Map<string, (CachedPod & { ip: string })[]>()
  for (const node of nodes.list()) {
    const chosen = targets.get(node.zone) ?? []
    for (const pod of pods.byIndex('node', node.name)) {
      if (chosen.length >= PROBES_PER_ZONE) break
      if (isTarget(pod)) chosen.push(pod)
    }
    if (chosen.length > 0) targets.set(node.zone, chosen)
  }
  return targets
}

const isTarget = (pod: CachedPod): pod is CachedPod & { ip: string } =>
  pod.ready && !pod.terminating && pod.ip !== undefined
