import { expect } from 'chai'
import { readCallView, readOrderAnswer, readRequestView } from '../../../../src/operator/drill/order-clients.ts'

const NONCE = '00112233aabbccdd.4711'

describe('the answer of an edge to the order of a drill', () => {
  it('has the nonce for the next order, whatever became of this one', () => {
    const said = (body: object) => readOrderAnswer(JSON.stringify({ nonce: NONCE, ...body }))
    expect(said({ kind: 'Given' })).to.include({ nonce: NONCE, isTaken: true })
    expect(said({ kind: 'Ended' })).to.include({ isTaken: true })
    expect(said({ kind: 'Refused', because: 'term 3 is over' })).to.include({
      isTaken: false,
      because: 'term 3 is over',
    })
    expect(said({ kind: 'Away' })).to.include({ isTaken: false, because: 'its proxy does not answer' })
  })

  it('is none without a nonce, and brings no long or unprintable text into a status', () => {
    for (const text of ['', 'null', '[]', '{}', '{"nonce":7}', '<html>'])
      expect(readOrderAnswer(text), text).to.equal(undefined)
    const because = `a\n\u0000b${'x'.repeat(1_000)}`
    const answer = readOrderAnswer(JSON.stringify({ nonce: NONCE, kind: 'Refused', because }))
    expect(answer!.because)
      .to.match(/^a bx+$/)
      .and.have.lengthOf(200)
  })
})

describe('what a pod says of a test call', () => {
  const done = (result: object) => readCallView(JSON.stringify({ state: 'Done', result }))

  it('is read field by field', () => {
    expect(readCallView('{"state":"Running"}')).to.deep.equal({ state: 'Running' })
    const result = { outcome: 'Passed', finding: 'AsExpected', trunk: 'lyon', answerMilliseconds: 40, media: {} }
    expect(done(result)).to.deep.equal({
      state: 'Done',
      result: { outcome: 'Passed', finding: 'AsExpected', part: 'lyon', answerMilliseconds: 40 },
    })
  })

  it('names a trunk only where it is the name of one, and a time only where it is one', () => {
    const result = { outcome: 'Failed', finding: 'Refused', trunk: 'LYON; drop', answerMilliseconds: -1 }
    expect(done(result)).to.deep.equal({
      state: 'Done',
      result: { outcome: 'Failed', finding: 'Refused', part: undefined, answerMilliseconds: undefined },
    })
  })

  it('counts as no answer when it is something else', () => {
    for (const text of [
      '',
      'null',
      '{"state":"Done"}',
      '{"state":"Lost"}',
      '{"state":"Done","result":{"outcome":"?"}}',
    ])
      expect(readCallView(text), text).to.deep.equal({ state: 'Gone' })
    expect(done({ outcome: 'Failed', finding: 'a sentence of a caller' })).to.deep.equal({ state: 'Gone' })
  })
})

describe('what a pod says of a test request', () => {
  it('names the endpoint that answered, and no time where none did', () => {
    const done = (result: object) => readRequestView(JSON.stringify({ state: 'Done', result }))
    const result = { outcome: 'Passed', finding: 'AsExpected', endpoint: 'sud', status: 200, milliseconds: 12 }
    expect(done(result)).to.deep.equal({
      state: 'Done',
      result: { outcome: 'Passed', finding: 'AsExpected', part: 'sud', answerMilliseconds: 12 },
    })
    expect(done({ ...result, outcome: 'Failed', finding: 'Unanswered', endpoint: null, status: null })).to.deep.equal({
      state: 'Done',
      result: { outcome: 'Failed', finding: 'Unanswered', part: undefined, answerMilliseconds: undefined },
    })
    expect(done({ ...result, finding: 'a sentence of a patient' })).to.deep.equal({ state: 'Gone' })
  })
})
