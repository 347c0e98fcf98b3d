/** `make test`: all that a change can break. Proofs are played by `make e2e` and `make proofs`. */
import { globSync } from 'node:fs'
import { failedLast, lastTestsRecord, writeTestsRecord } from './record.ts'
import { PATIENCE_OF_TESTS, TEST_PATIENCE } from './patience.ts'
import { isOfTest } from './plan.ts'
import { declared, run } from './run.ts'

process.env[TEST_PATIENCE] ??= `${PATIENCE_OF_TESTS}`
const files = globSync('test/**/*.test.ts').filter((file) => isOfTest(declared(file)))
const last = lastTestsRecord()
const { summary, code, ...how } = await run({
  files,
  tookLast: (file) => last?.files[file]?.seconds,
  failedLast: failedLast(last),
  isStrict: process.env['STRICT'] === '1',
})
writeTestsRecord(summary, how)
process.exitCode = code
