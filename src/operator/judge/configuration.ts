import { fingerprint } from '../../lib/canonical.ts'
import { type CallPolicy, policyDigest } from '../../rules/policy-order.ts'
import type { BotFacts, World } from '../world/callbot.ts'

const NAME_DIGITS = 10

/** Its name says what is in it, so a pod that was made for one version can't be given another. */
export function configurationName(bot: BotFacts, policy: CallPolicy): string {
  const { digest, integrations } = bot.configuration
  const content = { spec: digest, policy: policyDigest(policy), integrations }
  return `${bot.name}-${fingerprint(content).slice(0, NAME_DIGITS)}`
}

/** Whether a ConfigMap of that name can be one of this bot's. */
export function isConfigurationName(bot: BotFacts, name: string): boolean {
  const digits = name.slice(bot.name.length + 1)
  return name.startsWith(`${bot.name}-`) && digits.length === NAME_DIGITS && /^[0-9a-f]+$/.test(digits)
}

/**
 * The name of the configuration that pods shall have. While a RetentionPolicy that is named is not there, nobody knows what may leave the
 * bot: pods keep what they have, and a bot without any gets one by which nothing does.
 */
export function wantedConfiguration(world: World, bot: BotFacts): string {
  const recorded = bot.status?.configuration?.name
  if (world.retentionPolicyMissing && recorded !== undefined) return recorded
  return configurationName(bot, world.policy)
}

/** When the configuration of that name is, or was, first written. One that is recreated, since it was lost, is not younger for it. */
export function createdAtOf({ now }: World, { status }: BotFacts, name: string): string {
  const recorded = status?.configuration
  return (recorded?.name === name ? recorded.madeAt : undefined) ?? new Date(now).toISOString()
}

/** Those that may still be there besides `current`: what the status remembers, and what pods were made with. */
export function formerConfigurations(world: World, bot: BotFacts, current: string | undefined): string[] {
  const recorded = bot.status?.configuration
  const known = [recorded?.name, ...(recorded?.former ?? []), ...world.pods.map(({ configuration }) => configuration)]
  return [...new Set(known)]
    .filter((name) => name !== undefined && name !== current && isConfigurationName(bot, name))
    .sort() as string[]
}
