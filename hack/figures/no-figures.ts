/** Numbers of the pages that look like figures of ours and are limits, settings or goals. */
import type { NoFigure } from './by-hand.ts'

const of = (page: string, kind: NoFigure['kind'], phrase: string, by?: string): NoFigure => ({
  ...{ page, kind, phrase },
  ...(by !== undefined && { by }),
})

const README = 'README.md'
const BENCHMARKS = 'docs/benchmarks.md'
const SPEECH = 'docs/guides/speech.md'
const TURN = 'test/unit/voice/session/turn-latency.test.ts'

export const NO_FIGURES: readonly NoFigure[] = [
  of(
    README,
    'limit',
    "gone from the database's files within 10 minutes",
    'test/integration/store/keys-are-gone.test.ts',
  ),
  of(README, 'limit', 'the status shows it within 10 s', 'test/e2e/zone-cut-shows-within-ten-seconds.test.ts'),
  of(README, 'limit', 'overwrites it within 45 s', 'test/integration/calls/a-pod-forgets-its-calls.test.ts'),
  of(README, 'goal', 'the goal of 150 CRs/s'),
  of(BENCHMARKS, 'setting', 'a heap of 128 MiB'),
  of(BENCHMARKS, 'setting', 'new spaces of 2 MiB'),
  of(BENCHMARKS, 'setting', 'nine tenths of the 256 MiB'),
  of(BENCHMARKS, 'setting', '`settled` is after 30 s of rest'),
  of(BENCHMARKS, 'setting', 'until it is idle (5 minutes at most)'),
  of(BENCHMARKS, 'setting', 'for 30 s more, counts'),
  of(BENCHMARKS, 'goal', 'the goal is 0.87x (within 1.15x of Go)'),
  of(BENCHMARKS, 'goal', 'the goal is 110 MiB'),
  of(BENCHMARKS, 'setting', 'calls itself 320 times over loopback'),
  of(BENCHMARKS, 'setting', 'minus the 700 ms of'),
  of(BENCHMARKS, 'limit', 'fails above 10 ms', TURN),
  of(BENCHMARKS, 'limit', 'above 20 ms with 10 ms of jitter', TURN),
  of(BENCHMARKS, 'goal', 'is 35 minutes with warm caches'),
  of(SPEECH, 'setting', 'up to 60 s. Silence'),
  of(SPEECH, 'setting', 'p95 above 0.3 s: more replicas'),
  of('docs/guides/runbooks.md', 'setting', '`limits.detectMilliseconds` and 15 s more'),
  of('CONTRIBUTING.md', 'limit', 'stay below 20 minutes in its lanes', 'test/unit/hack/tests/plan.test.ts'),
]
