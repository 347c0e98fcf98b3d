import { expect } from 'chai'
import { closing, failedIn, inQuarantine, onlyAtTheSecondTry, type FileResult } from '../../../../hack/tests/summary.ts'

const passed = (count: number, seconds = 1): FileResult => ({
  passed: count,
  skipped: 0,
  seconds,
  busy: 3.2,
  failures: [],
})
const failed = (message: string): FileResult => ({ ...passed(2), failures: [{ title: 'a call is answered', message }] })

describe('the closing of a test run', () => {
  it('ends with how many passed and how many failed', () => {
    expect(closing({ 'a.test.ts': passed(3), 'b.test.ts': passed(4) })).to.equal('\n7 passed, 0 failed\n')
  })

  it('tells what was skipped, if anything was', () => {
    expect(closing({ 'a.test.ts': { ...passed(3), skipped: 2 } })).to.match(/\n3 passed, 0 failed, 2 skipped\n$/)
  })

  it('lists what failed with its file and the first lines of its reason', () => {
    const text = closing({ 'a.test.ts': failed('one\ntwo\nthree\nfour') })
    expect(text).to.include('failed\na.test.ts: a call is answered\n  one\n  two\n  three\n\n2 passed, 1 failed\n')
    expect(text).not.to.include('four')
  })

  it('reports a second try, and counts only that one', () => {
    const text = closing({ 'a.test.ts': passed(3) }, { 'a.test.ts': failed('too late') })
    expect(text).to.include('failed at the first try\na.test.ts: a call is answered\n  too late\n')
    expect(text).to.match(/\n1 only at the second try: see out\/flaky.json\n\n3 passed, 0 failed\n$/)
  })

  it('names as passed only at the second try what passed then, and not what failed again', () => {
    const one = { title: 'a call is answered', message: 'too late' }
    const other = { title: 'a call is ended', message: 'too early' }
    const first = { 'a.test.ts': { ...passed(1), failures: [one, other] } }
    const flaky = onlyAtTheSecondTry({ 'a.test.ts': { ...passed(2), failures: [other] } }, first)
    expect(flaky).to.deep.equal([{ file: 'a.test.ts', ...one }])
    expect(closing({ 'a.test.ts': { ...passed(2), failures: [one, other] } }, first)).not.to.include('second try:')
  })

  it('names the files that took longest, the longest first', () => {
    const text = closing({ 'a.test.ts': passed(1, 11.2), 'b.test.ts': passed(1, 9), 'c.test.ts': passed(1, 120) })
    expect(text).to.include(
      'files that took longest\n  120 s,   3 s of a core  c.test.ts\n   11 s,   3 s of a core  a.test.ts\n',
    )
    expect(text).not.to.include('b.test.ts')
  })

  it('says where the time went, and on what machine', () => {
    const text = closing({ 'a.test.ts': passed(1) }, {}, { parts: ['   93 s  alone'], machine: 'nothing stolen' })
    expect(text).to.equal('\nparts of the run\n   93 s  alone\n\nnothing stolen\n\n1 passed, 0 failed\n')
  })

  it('says why a run ended early', () => {
    const text = closing({ 'a.test.ts': passed(1) }, {}, { stopped: 'the time limit of the run had come' })
    expect(text).to.equal('\nended early: the time limit of the run had come\n\n1 passed, 0 failed\n')
  })

  it('lists what failed in quarantine, and does not count it', () => {
    const summary = { 'a.test.ts': failed('too late'), 'b.test.ts': failed('wrong') }
    const { judged, quarantined } = inQuarantine(summary, (file) => file === 'a.test.ts')
    expect(failedIn(judged)).to.deep.equal(['b.test.ts'])
    const text = closing(judged, {}, { quarantined })
    expect(text).to.include('failed in quarantine, without effect\na.test.ts: a call is answered\n  too late\n')
    expect(text).to.match(/\n4 passed, 1 failed\n$/)
  })

  it('knows the files in which something failed', () => {
    expect(failedIn({ 'a.test.ts': failed('no'), 'b.test.ts': passed(1) })).to.deep.equal(['a.test.ts'])
  })
})
