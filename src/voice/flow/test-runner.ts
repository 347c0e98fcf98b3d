import { setImmediate as rest } from 'node:timers/promises'
import type { FailedTest, PlayTests } from '../../rules/flow/test-results.ts'
import { playConversation } from '../../conversation/test-player.ts'
import { prepareFlow } from '../../conversation/engine.ts'

/** Plays a bot's own tests, with a rest before each turn: calls, leases and probes of the process come first. */
export const playTests: PlayTests = async ({ flow, bot, now, milliseconds }) => {
  const until = performance.now() + milliseconds
  const script = prepareFlow(flow, bot)
  const failed: FailedTest[] = []
  for (const [index, test] of bot.tests.entries()) {
    const playing = playConversation(script, test, now)
    let turn = playing.next()
    while (turn.done !== true) {
      if (performance.now() > until) return { failed, unplayed: bot.tests.length - index }
      await rest()
      turn = playing.next()
    }
    const [fault] = turn.value.faults
    if (fault !== undefined) failed.push({ index, name: test.name, fault })
  }
  return { failed, unplayed: 0 }
}
