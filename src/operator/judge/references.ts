import type { BotFacts, World } from '../world/callbot.ts'

export interface MissingReference {
  reason: 'IntegrationNotFound' | 'RetentionPolicyNotFound' | 'RetentionPolicyRefused'
  name: string
}

/** What the bot names and what is not there or not in force, in the order in which a person should create it. */
export function missingReferences(world: World, bot: BotFacts): MissingReference[] {
  const policy = world.retentionPolicyMissing ? [bot.spec.retentionPolicyRef?.name ?? ''] : []
  const reason = world.retentionPolicyRefused
    ? ('RetentionPolicyRefused' as const)
    : ('RetentionPolicyNotFound' as const)
  return [
    ...world.missingIntegrations.map((name) => ({ reason: 'IntegrationNotFound' as const, name })),
    ...policy.map((name) => ({ reason, name })),
  ]
}
