import { configurationName, isConfigurationName } from '../render/bot-configuration.ts'
import type { Step } from '../plan-steps.ts'
import type { BotFacts, World } from '../world.ts'
import { heldReplicas } from './scaling.ts'

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

/**
 * The name of the configuration that pods shall have. While a RetentionPolicy that is named is not there, nobody knows what may leave the
 * bot: pods keep what they have, and a bot without any gets one by which nothing does.
 */
export function wantedConfiguration(world: World, bot: BotFacts): string {
  const held = bot.status?.configuration?.name
  if (world.retentionPolicyMissing && held !== undefined) return held
  return configurationName(bot, world.policy)
}

/** When the configuration of that name is, or was, first written. One that is made anew, since it was lost, is not younger for it. */
export function createdAtOf({ now }: World, { status }: BotFacts, name: string): string {
  const held = status?.configuration
  return (held?.name === name ? held.madeAt : undefined) ?? new Date(now).toISOString()
}

const whyWrite = (held: string | undefined) =>
  held === undefined ? 'no pod can be made without it' : 'the dialog or what goes with it has changed'

/** A pod of before may be made once more as long as the rollout goes on, or stands still over a failing test: nothing goes before its end. */
function planRemovals(world: World, bot: BotFacts, current: string): Step[] {
  const pods = world.pods.filter((pod) => pod.ready && !pod.terminating && pod.configuration === current)
  if (pods.length < heldReplicas(world, bot)) return []
  const used = new Set(world.pods.map(({ configuration }) => configuration))
  const because = 'no pod has it any more'
  return formerConfigurations(world, bot, current)
    .filter((name) => !used.has(name))
    .map((name) => ({ do: 'removeConfiguration', name, because }))
}

/** Those that may still be there besides `current`: what the status remembers, and what pods were made with. */
export function formerConfigurations(world: World, bot: BotFacts, current: string | undefined): string[] {
  const held = bot.status?.configuration
  const known = [held?.name, ...(held?.former ?? []), ...world.pods.map(({ configuration }) => configuration)]
  return [...new Set(known)]
    .filter((name) => name !== undefined && name !== current && isConfigurationName(bot, name))
    .sort() as string[]
}
