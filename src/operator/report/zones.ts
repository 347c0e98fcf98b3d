import { spreadOverZones } from '../../rules/scaling/zone-spread.ts'
import { firstUnmet, requirementsOf } from '../../rules/placement.ts'
import { NO_ZONE, type ZoneState, zoneState } from '../../rules/zone-health.ts'
import { podsTakingCalls } from '../judge/pods.ts'
import { heldReplicas } from '../judge/replicas.ts'
import type { BotFacts, World } from '../world/callbot.ts'
import { ZONE_LABEL } from '../world/labels.ts'

export interface ZoneReport {
  name: string
  desired: number
  ready: number
  state: ZoneState
}

/** The bot zone by zone. A pod in a zone that doesn't answer isn't ready, whatever its last report said. */
export function reportZones(world: World, bot: BotFacts): ZoneReport[] {
  const readyPods = tallyByZone(world)
  const wanted = bot.spec.zones?.length ? bot.spec.zones : zonesInside(world, bot, readyPods)
  const spread = spreadOverZones(heldReplicas(world, bot), wanted, readyPods)
  return [...spread].map(([name, desired]) => {
    const facts = world.zones.find((zone) => zone.name === name)
    const ready = readyPods.get(name) ?? 0
    const state = facts === undefined ? 'Unreachable' : zoneState(facts, desired, ready)
    return { name, desired, ready: state === 'Unreachable' ? 0 : ready, state }
  })
}

/** A zone without a node inside of placement has no part, but while a pod of the bot is still there. */
function zonesInside({ zones, nodeLabels, settings }: World, { spec }: BotFacts, pods: ReadonlyMap<string, number>) {
  const required = requirementsOf(spec.placement, settings.placement)
  const inside = nodeLabels.filter((labels) => firstUnmet(required, [labels]) === undefined)
  const names = new Set(inside.map((labels) => labels[ZONE_LABEL] ?? NO_ZONE))
  return zones.map(({ name }) => name).filter((name) => required.length === 0 || names.has(name) || pods.has(name))
}

function tallyByZone(world: World): Map<string, number> {
  const tally = new Map<string, number>()
  for (const { zone } of podsTakingCalls(world)) {
    if (zone !== undefined) tally.set(zone, (tally.get(zone) ?? 0) + 1)
  }
  return tally
}
