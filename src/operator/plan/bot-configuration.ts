import { formerConfigurations, wantedConfiguration } from '../judge/configuration.ts'
import { podsTakingCalls } from '../judge/pods.ts'
import { heldReplicas } from '../judge/replicas.ts'
import type { Step } from '../steps/callbot.ts'
import type { BotFacts, World } from '../world/callbot.ts'

/**
 * The bot's configuration: the one that it shall have, when it isn't known to be there, and the ends of those that no pod
 * needs any more. The operator may not list ConfigMaps (docs/adr/0006), so the status remembers what was written.
 */
export function planConfiguration(world: World, bot: BotFacts, lostBecause: string | undefined): Step[] {
  const name = wantedConfiguration(world, bot)
  const held = bot.status?.configuration
  const because = held?.name === name ? lostBecause : whyWrite(held?.name)
  return [
    ...(because === undefined ? [] : [{ do: 'writeConfiguration', name, because } as const]),
    ...planRemovals(world, bot, name),
  ]
}

const whyWrite = (held: string | undefined) =>
  held === undefined ? 'no pod can be made without it' : 'the dialog or what goes with it has changed'

/** A pod of before may be made once more as long as the rollout goes on, or stands still over a failing test: nothing goes before its end. */
function planRemovals(world: World, bot: BotFacts, current: string): Step[] {
  const pods = podsTakingCalls(world).filter(({ configuration }) => configuration === current)
  if (pods.length < heldReplicas(world, bot)) return []
  const used = new Set(world.pods.map(({ configuration }) => configuration))
  const because = 'no pod has it any more'
  return formerConfigurations(world, bot, current)
    .filter((name) => !used.has(name))
    .map((name) => ({ do: 'removeConfiguration', name, because }))
}
