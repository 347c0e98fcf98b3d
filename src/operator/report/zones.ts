import { desiredReplicas, spreadOverZones } from '../../rules/replicas.ts'
import { type ZoneState, zoneState } from '../../rules/zones.ts'
import type { BotFacts, World } from '../world.ts'

export interface ZoneReport {
  name: string
  desired: number
  ready: number
  state: ZoneState
}

/** The bot zone by zone. A pod in a zone that doesn't answer isn't ready, whatever its last report said. */
export function reportZones(world: World, bot: BotFacts): ZoneReport[] {
  const wanted = bot.spec.zones?.length ? bot.spec.zones : world.zones.map((zone) => zone.name)
  const spread = spreadOverZones(desiredReplicas(bot.spec.capacity), wanted)
  return [...spread].map(([name, desired]) => {
    const facts = world.zones.find((zone) => zone.name === name)
    const ready = world.pods.filter((pod) => pod.zone === name && pod.ready && !pod.terminating).length
    const state = facts === undefined ? 'Unreachable' : zoneState(facts, desired, ready)
    return { name, desired, ready: state === 'Unreachable' ? 0 : ready, state }
  })
}
