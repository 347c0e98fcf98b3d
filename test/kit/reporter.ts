import mocha from 'mocha'
import { relative } from 'node:path'

/** Files that took less are nobody's worry. Seconds. */
const WORTH_TELLING = 10

function inShort(test: Mocha.Test, error: Error): string {
  return `${relative(process.cwd(), test.file ?? '')}: ${test.fullTitle()}\n  ${error.message.split('\n', 3).join('\n  ')}`
}

function list(title: string, lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`\n${title}\n${lines.join('\n')}\n`)
}

/**
 * The spec reporter with four things more at its end, where the tail of a log still shows them: which files took longest, what needed
 * a second try, what failed, and a closing line that machines and people read alike: `N passed, N failed`.
 */
class Reporter extends mocha.reporters.Spec {
  readonly #seconds = new Map<string, number>()
  readonly #secondTries: string[] = []
  readonly #failures: string[] = []

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    let begun = 0
    runner.on('suite', (suite) => {
      if (suite.parent?.root) begun = performance.now()
    })
    runner.on('suite end', (suite) => {
      if (suite.parent?.root) this.#took(suite.file, (performance.now() - begun) / 1000)
    })
    runner.on('retry', (test: Mocha.Test, error: Error) => {
      this.#secondTries.push(inShort(test, error))
    })
    runner.on('fail', (test: Mocha.Test, error: Error) => {
      this.#failures.push(inShort(test, error))
    })
    runner.once('end', () => this.#close(runner.stats))
  }

  #took(file: string | undefined, seconds: number): void {
    if (file) this.#seconds.set(file, (this.#seconds.get(file) ?? 0) + seconds)
  }

  #close({ passes = 0, failures = 0, pending = 0 }: Partial<Mocha.Stats> = {}): void {
    const slow = [...this.#seconds].filter(([, seconds]) => seconds >= WORTH_TELLING).sort(([, a], [, b]) => b - a)
    if (slow.length > 0) process.stdout.write('\nfiles that took longest\n')
    for (const [file, seconds] of slow)
      process.stdout.write(`${seconds.toFixed(0).padStart(5)} s  ${relative(process.cwd(), file)}\n`)
    list('needed a second try', this.#secondTries)
    list('failed', this.#failures)
    const skipped = pending > 0 ? `, ${pending} skipped` : ''
    process.stdout.write(`\n${passes} passed, ${failures} failed${skipped}\n`)
  }
}

// Mocha loads reporters with require(): this name is what Node hands to it.
export { Reporter as 'module.exports' }
