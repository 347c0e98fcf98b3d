import { named } from '../../runtime/log-fields.ts'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { Flow } from '../../rules/flow/flow.ts'
import { reportTest, type ReportedTest } from '../../rules/flow/test-results.ts'
import { playTestsInThread } from './test-thread.ts'

/** Far more than the largest tests need: beyond it they are as good as failed. */
const LONGEST_MS = 120_000

const unplayedTests = ({ tests }: BotConfiguration): ReportedTest => ({
  test: tests.at(-1)!.name,
  turn: null,
  because: 'the tests take too long, or too much memory: make them fewer or shorter',
})

/** What a dialog has to stand before its first call: the bot's own tests. */
export interface TestGate {
  /** The first test that the newest dialog fails. */
  readonly failed: ReportedTest | undefined
  readonly isPlaying: boolean
  /** Whether the dialog passes all of them. */
  passes(flow: Flow): Promise<boolean>
  /** There is no newest dialog: what was found of the one before is no news. */
  forget(): void
}

/** Tests take place when the version was made: what passed once passes in a pod that is recreated in another month. */
export function createTestGate({ bot, clock, log }: { bot: BotConfiguration; clock: Clock; log: Log }): TestGate {
  let failed: ReportedTest | undefined
  let isPlaying = false
  return {
    get failed() {
      return failed
    },
    get isPlaying() {
      return isPlaying
    },
    async passes(flow) {
      isPlaying = true
      const now = bot.testsAt === undefined ? clock.wall() : Date.parse(bot.testsAt)
      const { failed: all, unplayed } = await playTestsInThread({ flow, bot, now, milliseconds: LONGEST_MS })
      isPlaying = false
      failed = all[0] === undefined ? (unplayed > 0 ? unplayedTests(bot) : undefined) : reportTest(all[0])
      if (failed === undefined) return true
      const { test, turn } = failed
      log.warn(
        { test: named(test), turn },
        'the conversation flow fails a test of the spec; calls keep the flow before, if there is one',
      )
      return false
    },
    forget: () => (failed = undefined),
  }
}
