/** How long `make test` takes. */
import { define, type Figure } from './proof.ts'

/** What `make test` writes of a run that played all of its files. */
export interface TestsRun {
  seconds: number
  passed: number
  failed: number
  flaky: number
  stolen: string
}

const figures = (budget: number): Record<string, Figure<TestsRun>> => ({
  minutes: { what: 'whole run', unit: 'min', most: budget, of: ({ seconds }) => Math.ceil(seconds / 60) },
  tests: { what: 'tests that passed', of: ({ passed }) => passed },
  failed: { what: 'tests that failed', most: 0, of: ({ failed }) => failed },
  flaky: { what: 'files that passed at the second try only', of: ({ flaky }) => flaky },
})

const ofTests = (name: string, budget: number, command = 'make test') =>
  define<TestsRun>({
    name,
    section: 'tests',
    command,
    subject: ['src', 'test', 'hack', 'charts', 'package-lock.json'],
    circumstancesOf: ({ stolen }) => stolen,
    figures: figures(budget),
  })

/** By what was in the caches when it began. */
export const MAKE_TEST = {
  warm: ofTests('make-test-warm', 35),
  cold: ofTests('make-test-cold', 60, 'make test, with empty caches'),
}
