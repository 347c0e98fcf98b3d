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
  const recorded = bot.status?.configuration
  const because = recorded?.name === name ? lostBecause : whyWrite(recorded?.name)
  return [
    ...(because === undefined ? [] : [{ do: 'writeConfiguration', name, because } as const]),
    ...planRemovals(world, bot, name),
  ]
}

const whyWrite = (recorded: string | undefined) =>
  recorded === undefined
    ? 'no pod can be created without it'
    : 'the conversation flow, or another part of the configuration, has changed'

/** A pod of before may be made once more as long as the rollout goes on, or stands still over a failing test: nothing goes before its end. */
function planRemovals(world: World, bot: BotFacts, current: string): Step[] {
  const pods = podsTakingCalls(world).filter(({ configuration }) => configuration === current)
  if (pods.length < heldReplicas(world, bot)) return []
  const used = new Set(world.pods.map(({ configuration }) => configuration))
  const because = 'no pod uses it any more'
  return formerConfigurations(world, bot, current)
    .filter((name) => !used.has(name))
    .map((name) => ({ do: 'removeConfiguration', name, because }))
}
