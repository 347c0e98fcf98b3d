import type { PlayTests, TestRun } from '../../rules/flow/test-results.ts'
import { runInThread } from '../../threads/run-in-thread.ts'

/** For the thread to start, and for the turn that is being played when time is over. */
const GRACE_MS = 1_000

/**
 * Plays a bot's own tests in a thread of its own: their author decides how much work they are, and calls and leases must not wait
 * for it. Tests that had no time are counted as not played.
 */
export const playTestsInThread: PlayTests = async ({ flow, now, milliseconds, bot, owner = '' }) => {
  const { language, fallback, tests } = bot
  if (tests.length === 0) return { failed: [], unplayed: 0 }
  const done = await runInThread<TestRun>({
    script: new URL('./test-worker.ts', import.meta.url),
    data: { flow, now, milliseconds, bot: { language, fallback, tests } },
    milliseconds: milliseconds + GRACE_MS,
    owner,
  })
  return done.kind === 'Done' ? done.result : { failed: [], unplayed: tests.length }
}
