import { wordingOf } from '../../../api/conditions.ts'
import { wantedConfiguration } from '../../judge/configuration.ts'
import { podsTakingCalls } from '../../judge/pods.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { conditionOf, earlier, fine, not, type Finding } from './finding.ts'

/**
 * What pods of the newest version say of the bot's own tests; those of a version before are no news. A pod of it that is ready has
 * passed them. While none has played them, what was found of the same generation holds.
 */
export function testsPassed(world: World, bot: BotFacts): Finding | undefined {
  const newest = wantedConfiguration(world, bot)
  const failed = world.calls?.failedTests.find(({ configuration }) => configuration === newest)
  if (failed !== undefined) {
    const { test, turn, because } = failed
    const place = turn === null ? 'its end' : `turn ${turn}`
    const values = { test, place, because, meanwhile: meanwhile(world) }
    return not('TestsPassed', 'TestsFailed', wordingOf('TestsFailed', values))
  }
  if (podsTakingCalls(world).some(({ configuration }) => configuration === newest)) {
    return fine('TestsPassed', 'the newest version has passed all tests of the spec')
  }
  return conditionOf(bot, 'TestsPassed')?.observedGeneration === bot.generation
    ? earlier(bot, 'TestsPassed')
    : undefined
}

const meanwhile = (world: World) =>
  podsTakingCalls(world).length === 0 ? 'No pod takes calls' : 'The pods of the version before take the calls'
