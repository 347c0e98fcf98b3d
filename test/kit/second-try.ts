import { sep } from 'node:path'

/**
 * A test on a real cluster shares its machine with three Kubernetes zones: once, it may be tried again. The reporter tells each that
 * needed it, with the reason. Tests of pure rooms get no second try: what fails there once in a thousand runs is a bug.
 */
const MAY_BE_TRIED_AGAIN = ['cluster', 'e2e'].map((suite) => `${sep}test${sep}${suite}${sep}`)

function allow(suite: Mocha.Suite): void {
  for (const test of suite.tests) {
    if (MAY_BE_TRIED_AGAIN.some((part) => test.file?.includes(part))) test.retries(1)
  }
  suite.suites.forEach(allow)
}

/** Root hooks for `mocha --require`. */
export const mochaHooks = {
  beforeAll(this: Mocha.Context) {
    allow(this.test!.parent!)
  },
}
