import type { BotFacts, World } from '../world/callbot.ts'

export type MissingReference = { kind: 'Integration' | 'RetentionPolicy'; name: string }

/** What the bot names and what is not there, in the order in which a person should create it. */
export function missingReferences(world: World, bot: BotFacts): MissingReference[] {
  const policy = world.retentionPolicyMissing ? [bot.spec.retentionPolicyRef?.name ?? ''] : []
  return [
    ...world.missingIntegrations.map((name) => ({ kind: 'Integration' as const, name })),
    ...policy.map((name) => ({ kind: 'RetentionPolicy' as const, name })),
  ]
}
