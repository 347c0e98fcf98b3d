import { wordingOf } from '../../../api/conditions.ts'
import { wantedConfiguration } from '../../plan/bot-configuration.ts'
import type { BotFacts, World } from '../../world.ts'
import { fine, not, type Judgement } from './callbot.ts'

/**
 * What pods of the newest version say of the bot's own tests; those of a version before are no news. A pod of it that is ready has
 * passed them. While none has played them, what was found of the same generation holds.
 */
export function judgeTests(world: World, bot: BotFacts): Judgement | undefined {
  const newest = wantedConfiguration(world, bot)
  const failed = world.calls?.failedTests.find(({ configuration }) => configuration === newest)
  if (failed !== undefined) {
    const { test, turn, because } = failed
    const place = turn === null ? 'its end' : `turn ${turn}`
    const values = { test, place, because, meanwhile: meanwhile(world) }
    return not('TestsPassed', 'TestsFailed', wordingOf('TestsFailed', values))
  }
  if (takingCalls(world).some(({ configuration }) => configuration === newest)) return fine('TestsPassed')
  const known = bot.status?.conditions?.find(({ type }) => type === 'TestsPassed')
  if (known === undefined || known.observedGeneration !== bot.generation) return undefined
  return {
    type: 'TestsPassed',
    status: known.status,
    reason: known.reason as Judgement['reason'],
    message: known.message,
  }
}

const takingCalls = ({ pods }: World) => pods.filter(({ ready, terminating }) => ready && !terminating)

const meanwhile = (world: World) =>
  takingCalls(world).length === 0 ? 'No pod takes calls' : 'What was there before goes on taking calls'
