import type { CallbotStatus } from '../../api/callbot.ts'
import { metaTime } from '../../lib/meta-time.ts'
import type { BotFacts, World } from '../world/callbot.ts'

type Shown = Pick<CallbotStatus, 'calls' | 'places' | 'lastCallAt' | 'answers'>

/** What the status shows of calls. Until a pod has reported its own, what an operator before saw stays. */
export function reportCalls(world: World, bot: BotFacts): Shown {
  const { calls, places, answers } = bot.status ?? {}
  // When somebody called is of the class CallMetadata.
  const lastCallAt = world.policy.callMetadata === 'Kept' ? bot.status?.lastCallAt : undefined
  if (world.calls === undefined) {
    return {
      ...(calls === undefined ? {} : { calls }),
      ...(places === undefined ? {} : { places }),
      ...(lastCallAt === undefined ? {} : { lastCallAt }),
      ...(answers === undefined ? {} : { answers }),
    }
  }
  const told = world.policy.callMetadata === 'Kept' ? (world.calls.lastCallAt ?? 0) : 0
  const newest = Math.max(told, Date.parse(lastCallAt ?? '') || 0)
  const { answered, failed, p95Milliseconds } = world.calls
  return {
    calls: world.calls.calls,
    ...(world.calls.places === undefined ? {} : { places: world.calls.places }),
    ...(newest === 0 ? {} : { lastCallAt: metaTime(newest) }),
    answers: { answered, failed, ...(p95Milliseconds === undefined ? {} : { p95Milliseconds }) },
  }
}
