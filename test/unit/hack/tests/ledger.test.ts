import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine } from '../../../../hack/evidence.ts'
import { note, readEntry } from '../../../../hack/tests/ledger.ts'
import { proofNameOf } from '../../../../hack/tests/proof-name.ts'
import { countsOf, freshnessOf, statusTable } from '../../../../hack/tests/status.ts'

const FILE = 'test/e2e/http-backup-answers.test.ts'
const passed = { passed: 3, skipped: 0, seconds: 61.4, busy: 2, failures: [] }
const failed = { ...passed, passed: 2, failures: [{ title: 'a call is answered', message: 'no answer\nin 10 s' }] }
const how = (form: string, day: string) => ({
  ...{ at: new Date(`2026-11-${day}T10:00:00Z`), form, machine: machine(), stolen: 0.0523 },
  commit: { id: '0d3f0776'.padEnd(40, '0'), isClean: true },
})

describe('the ledger of proofs', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-ledger-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('records what was played, on what, with what result', () => {
    note(FILE, passed, how('short', '28'), folder)
    const { last, whole } = readEntry(FILE, folder)!
    expect(last).to.include({ result: 'Passed', form: 'short', isClean: true, seconds: 61, passed: 3, failed: 0 })
    expect(last.machine).to.have.property('cores')
    expect(last.stolen, 'processor time given to other machines').to.equal(0.052)
    expect(whole, 'the short form is not the full length').to.equal(undefined)
  })

  it('records a failure as a failure, with its reason, and keeps the last success at full length', () => {
    note(FILE, passed, how('whole', '26'), folder)
    note(FILE, failed, how('whole', '28'), folder)
    const { last, whole } = readEntry(FILE, folder)!
    expect(last).to.include({ result: 'Failed', failed: 1 })
    expect(last.failures).to.deep.equal(['a call is answered: no answer'])
    expect(whole).to.include({ result: 'Passed', at: '2026-11-26T10:00:00.000Z' })
  })

  it('keeps the success at full length in which all was played when a later one skips a part', () => {
    note(FILE, passed, how('whole', '26'), folder)
    note(FILE, { ...passed, passed: 1, skipped: 2 }, how('whole', '28'), folder)
    const { last, whole } = readEntry(FILE, folder)!
    expect(last).to.include({ result: 'Passed', passed: 1, skipped: 2 })
    expect(whole).to.include({ passed: 3, at: '2026-11-26T10:00:00.000Z' })
  })

  it('records the form that was played, where a variable changed how much', () => {
    note(FILE, { ...passed, form: 'custom' }, how('whole', '28'), folder)
    expect(readEntry(FILE, folder)).to.not.have.property('whole')
    expect(readEntry(FILE, folder)!.last.form).to.equal('custom')
  })

  it('records nothing where nothing was played', () => {
    note(FILE, { ...passed, passed: 0, skipped: 3 }, how('short', '28'), folder)
    expect(readEntry(FILE, folder)).to.equal(undefined)
  })

  it('has a file for each proof, by the name that make e2e takes', () => {
    expect(proofNameOf(FILE)).to.equal('http-backup-answers')
    expect(proofNameOf('test/integration/calls/hundred-calls.test.ts')).to.equal('calls-hundred-calls')
  })
})

describe('the status of proofs', () => {
  const row = (result: typeof passed | typeof failed, changes: number | undefined) => {
    const folder = mkdtempSync(join(tmpdir(), 'callbot-ledger-'))
    note(FILE, result, how('whole', '28'), folder)
    const entry = readEntry(FILE, folder)
    rmSync(folder, { recursive: true })
    return { name: 'http-backup-answers', entry, changes }
  }

  it('is fresh only while nothing that the proof depends on has changed', () => {
    expect(freshnessOf(row(passed, 0))).to.equal('Fresh')
    expect(freshnessOf(row(passed, 2))).to.equal('Stale')
    expect(freshnessOf(row(passed, undefined)), 'of a commit that is not known').to.equal('Stale')
    expect(freshnessOf(row(failed, 0))).to.equal('Failed')
    expect(freshnessOf({ name: 'a', entry: undefined, changes: undefined })).to.equal('NeverShown')
  })

  it('is a table with a sum', () => {
    const rows = [row(passed, 12), { name: 'zone-loss', entry: undefined, changes: undefined }]
    const text = statusTable(rows)
    expect(text).to.match(/^PROMISE +LAST SHOWN +RESULT +CHANGES SINCE +FULL LENGTH\n/)
    expect(text).to.match(/^http-backup-answers +2026-11-28 0d3f077 +Passed +12 +2026-11-28 *$/m)
    expect(text).to.match(/^zone-loss +never +never *$/m)
    expect(text).to.match(/\n\n2 proofs: 0 fresh, 1 stale, 0 failed, 1 never shown$/)
    expect(countsOf(rows)).to.deep.equal({ Fresh: 0, Stale: 1, Failed: 0, NeverShown: 1 })
  })
})
