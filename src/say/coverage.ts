/** Which ways of a conversation flow its tests hold. */
import type { CallbotSpec } from '../api/callbot.ts'
import { prepareFlow } from '../conversation/engine.ts'
import { runConversation } from '../conversation/test-player.ts'
import type { Conversation, Flow } from '../rules/flow/flow.ts'
import { type Way, waysOf, withoutWay } from '../rules/flow/ways.ts'

export interface Coverage {
  readonly tested: readonly Way[]
  readonly untested: readonly Way[]
  /** There was no time to look at these. */
  readonly unplayed: readonly Way[]
}

/**
 * A way is tested when a test fails that passes otherwise, once the way leads to a step that ends the call without a word: that a
 * test takes a way is not enough, it has to notice where the way leads.
 * @param passing the tests that pass
 * @param now time of the conversations, epoch milliseconds
 * @param isLate asked before each conversation
 */
export function coverageOf(
  flow: Flow,
  bot: Pick<CallbotSpec, 'language' | 'fallback'>,
  passing: readonly Conversation[],
  now: number,
  isLate: () => boolean,
): Coverage {
  const coverage = { tested: [] as Way[], untested: [] as Way[], unplayed: [] as Way[] }
  for (const way of waysOf(flow)) {
    const script = prepareFlow(withoutWay(flow, way), bot)
    const fails = (test: Conversation) => !isLate() && runConversation(script, test, now).faults.length > 0
    const isTested = passing.some(fails)
    coverage[isTested ? 'tested' : isLate() ? 'unplayed' : 'untested'].push(way)
  }
  return coverage
}
