import mocha from 'mocha'

/** The spec reporter with a closing line that machines and people read alike: `N passed, N failed`. */
class Reporter extends mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      const skipped = pending > 0 ? `, ${pending} skipped` : ''
      process.stdout.write(`\n${passes} passed, ${failures} failed${skipped}\n`)
    })
  }
}

// Mocha loads reporters with require(): this name is what Node hands to it.
export { Reporter as 'module.exports' }
