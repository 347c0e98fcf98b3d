import { spreadOverZones } from '../../rules/scaling/zone-spread.ts'
import { type ZoneState, zoneState } from '../../rules/zone-health.ts'
import { podsTakingCalls } from '../judge/pods.ts'
import { heldReplicas } from '../judge/replicas.ts'
import type { BotFacts, World } from '../world/callbot.ts'

export interface ZoneReport {
  name: string
  desired: number
  ready: number
  state: ZoneState
}

/** The bot zone by zone. A pod in a zone that doesn't answer isn't ready, whatever its last report said. */
export function reportZones(world: World, bot: BotFacts): ZoneReport[] {
  const wanted = bot.spec.zones?.length ? bot.spec.zones : world.zones.map((zone) => zone.name)
  const readyPods = tallyByZone(world)
  const spread = spreadOverZones(heldReplicas(world, bot), wanted, readyPods)
  return [...spread].map(([name, desired]) => {
    const facts = world.zones.find((zone) => zone.name === name)
    const ready = readyPods.get(name) ?? 0
    const state = facts === undefined ? 'Unreachable' : zoneState(facts, desired, ready)
    return { name, desired, ready: state === 'Unreachable' ? 0 : ready, state }
  })
}

function tallyByZone(world: World): Map<string, number> {
  const tally = new Map<string, number>()
  for (const { zone } of podsTakingCalls(world)) {
    if (zone !== undefined) tally.set(zone, (tally.get(zone) ?? 0) + 1)
  }
  return tally
}
