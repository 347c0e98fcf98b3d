import mocha from 'mocha'
import { renameSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { cpuSecondsOfFamily } from '../../bench/voice/process.ts'
import { patience, patient } from './patience.ts'
import { formOfRun } from '../../hack/form.ts'
import { SUMMARY_FILE, type SummaryText } from '../../hack/tests/group.ts'
import { closing, type FileResult, type Summary } from '../../hack/tests/summary.ts'

const here = (file = '') => relative(process.cwd(), file)

/** A test that waits longer may take longer, but does not hold up a run for a quarter of an hour. Milliseconds. */
const MOST_MORE = 180_000
const extended = new WeakSet<Mocha.Runnable>()

/** Called before each test and each hook; a hook may run many times. */
function extend(what: Mocha.Runnable): void {
  if (extended.has(what)) return
  extended.add(what)
  const said = what.timeout()
  if (said > 0) what.timeout(Math.min(patient(said), said + MOST_MORE))
}

/** The spec reporter with another end: the closing of a run, or, to whoever runs several at a time, the summary as a file. */
class Reporter extends mocha.reporters.Spec {
  readonly #summary: Summary = {}

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    let begun = 0
    let busy = 0
    runner.on('suite', (suite) => {
      if (!suite.parent?.root) return
      begun = performance.now()
      busy = cpuSecondsOfFamily(process.pid)
    })
    runner.on('suite end', (suite) => {
      if (!suite.parent?.root || !suite.file) return
      const result = this.#of(suite.file)
      result.seconds += (performance.now() - begun) / 1000
      result.busy += cpuSecondsOfFamily(process.pid) - busy
      result.form = formOfRun()
      this.#write(false)
    })
    if (patience > 1) for (const what of ['test', 'hook'] as const) runner.on(what, extend)
    runner.on('pass', (test) => this.#of(test.file).passed++)
    runner.on('pending', (test) => this.#of(test.file).skipped++)
    runner.on('fail', (test: Mocha.Test, { message }: Error) => {
      this.#of(test.file ?? test.parent?.file).failures.push({ title: test.fullTitle(), message })
      // At once, too: whoever interrupts a long file never sees its end.
      console.log(message.replace(/^/gm, '       '))
    })
    runner.once('end', () => {
      if (!this.#write(true)) process.stdout.write(closing(this.#summary))
    })
  }

  #of(file: string | undefined): FileResult {
    return (this.#summary[here(file)] ??= { passed: 0, skipped: 0, seconds: 0, busy: 0, failures: [] })
  }

  /** @returns whether somebody wants the summary as a file */
  #write(isWhole: boolean): boolean {
    const path = process.env[SUMMARY_FILE]
    if (path === undefined) return false
    writeFileSync(`${path}.new`, JSON.stringify({ isWhole, files: this.#summary } satisfies SummaryText))
    renameSync(`${path}.new`, path)
    return true
  }
}

// Mocha loads reporters with require(): this name is what Node hands to it.
export { Reporter as 'module.exports' }
