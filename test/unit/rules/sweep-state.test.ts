import { expect } from 'chai'
import fc from 'fast-check'
import { parseRecordsState } from '../../../src/rules/records-state.ts'
import { parseSweepState } from '../../../src/rules/sweep-state.ts'

describe('what sweep and the pods that write records report', () => {
  it('is read without anything that nobody asked for', () => {
    const text = '{"ready":false,"reason":"the database is away","accepted":1,"refused":2,"caller":"+33612345678"}'
    expect(parseRecordsState(text)).to.deep.equal({
      ready: false,
      reason: 'the database is away',
      accepted: 1,
      refused: 2,
    })
  })

  it('gives a reason of one line, and no longer than a line', () => {
    const reasonOf = (reason: unknown) =>
      parseRecordsState(JSON.stringify({ ready: false, reason, accepted: 0, refused: 0 }))?.reason
    expect(reasonOf('a\nb\u0000c')).to.equal('a b c')
    expect(reasonOf('x'.repeat(1_000))).to.have.length(200)
    expect(reasonOf(7)).to.equal('')
  })

  it('is unknown when it is anything else, and never an error', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"policies":[${json}]}`),
    )
    fc.assert(
      fc.property(anything, (text) => {
        expect(parseRecordsState(text)).to.equal(undefined)
        const state = parseSweepState(text)
        if (state !== undefined) expect(state.policies).to.deep.equal([])
      }),
    )
  })
})
