/** `make test`: all that a change can break. Proofs are played by `make e2e` and `make proofs`. */
import { globSync } from 'node:fs'
import { cachesNow } from '../cluster/ready.ts'
import { writeEvidence } from '../evidence.ts'
import { MAKE_TEST, type TestsRun } from '../figures/tests.ts'
import { failedLast, lastTestsRecord, writeTestsRecord } from './record.ts'
import { PATIENCE_OF_TESTS, TEST_PATIENCE } from './patience.ts'
import { isOfTest } from './plan.ts'
import { declared, run } from './run.ts'

process.env[TEST_PATIENCE] ??= `${PATIENCE_OF_TESTS}`
const files = globSync('test/**/*.test.ts').filter((file) => isOfTest(declared(file)))
const last = lastTestsRecord()
const caches = cachesNow()
const { summary, code, ...how } = await run({
  files,
  tookLast: (file) => last?.files[file]?.seconds,
  failedLast: failedLast(last),
  isStrict: process.env['STRICT'] === '1',
})
const { seconds, passed, failed, flaky, machine, stopped } = writeTestsRecord(summary, how)
const figures: TestsRun = { seconds, passed, failed, flaky: flaky.length, stolen: machine.stolen }
if (stopped === undefined) writeEvidence(MAKE_TEST[caches].name, figures, { form: 'whole' })
process.exitCode = code
