import { expect } from 'chai'
import { closing, failedIn, type FileResult } from '../../../../hack/tests/summary.ts'

const passed = (count: number, seconds = 1): FileResult => ({ passed: count, skipped: 0, seconds, failures: [] })
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

  it('tells of a second try, and counts only that one', () => {
    const text = closing({ 'a.test.ts': passed(3) }, { 'a.test.ts': failed('too late') })
    expect(text).to.include('needed a second try\na.test.ts: a call is answered\n  too late\n')
    expect(text).to.match(/\n3 passed, 0 failed\n$/)
  })

  it('names the files that took longest, the longest first', () => {
    const text = closing({ 'a.test.ts': passed(1, 11.2), 'b.test.ts': passed(1, 9), 'c.test.ts': passed(1, 120) })
    expect(text).to.include('files that took longest\n  120 s  c.test.ts\n   11 s  a.test.ts\n')
    expect(text).not.to.include('b.test.ts')
  })

  it('knows the files in which something failed', () => {
    expect(failedIn({ 'a.test.ts': failed('no'), 'b.test.ts': passed(1) })).to.deep.equal(['a.test.ts'])
  })
})
