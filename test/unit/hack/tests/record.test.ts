import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failedLast, lastTestsRecord, writeTestsRecord } from '../../../../hack/tests/record.ts'

describe('the record of make test', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-record-'))))
  after(() => rmSync(folder, { recursive: true }))

  it('has the commit, the seconds, the counts and the machine, also when tests failed', () => {
    const path = join(folder, 'tests.json')
    const failures = [{ title: 'a call', message: 'no answer' }]
    const of = { passed: 2, skipped: 1, seconds: 3.14159, busy: 1 }
    const summary = { 'a.test.ts': { ...of, failures }, 'b.test.ts': { ...of, failures: [] } }
    const run = { seconds: 12.6, machine: 'nothing taken', flaky: ['c.test.ts'] }
    writeTestsRecord(summary, run, path)
    const last = lastTestsRecord(path)!
    expect(last).to.include({ seconds: 13, passed: 4, failed: 1, skipped: 2 })
    expect(last.commit).to.match(/^([0-9a-f]{40}|unknown)$/)
    expect(last.machine).to.include({ stolen: 'nothing taken' }).and.to.have.property('cores')
    expect(last.files['a.test.ts']).to.deep.equal({ seconds: 3.1, passed: 2, failed: 1, skipped: 1 })
    expect(failedLast(last)).to.deep.equal(['c.test.ts', 'a.test.ts'])
  })

  it('says why a run ended early', () => {
    const path = join(folder, 'stopped.json')
    expect(writeTestsRecord({}, { seconds: 1, machine: '', flaky: [], stopped: 'too late' }, path)).to.include({
      stopped: 'too late',
    })
  })

  it('is none where no run was recorded, or an older version wrote it', () => {
    expect(lastTestsRecord(join(folder, 'absent.json'))).to.equal(undefined)
    writeFileSync(join(folder, 'older.json'), '{"passed":1}')
    expect(lastTestsRecord(join(folder, 'older.json'))).to.equal(undefined)
    expect(failedLast(undefined)).to.deep.equal([])
  })
})
