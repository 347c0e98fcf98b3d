import { expect } from 'chai'
import type { Page } from '../../../../src/listeners/page-server.ts'
import type { TestRequestResult } from '../../../../src/rules/test-request.ts'
import { createTestRequests, type TestRequests } from '../../../../src/voice/pod/test-requests.ts'
import { FakeClock, settle } from '../../../harness/fake-clock.ts'

const ORDER = { integration: 'cabinet', drill: 'uid', operation: 'slots' }
const RESULT: TestRequestResult = {
  ...{ outcome: 'Passed', finding: 'AsExpected', endpoint: 'sud', status: 200, milliseconds: 12 },
}

/** The lane answers when the test says so. */
describe('test requests by order', () => {
  let clock: FakeClock
  let requests: TestRequests
  let answers: ((result: TestRequestResult) => void)[]
  let found: string[]

  beforeEach(() => {
    ;[clock, answers, found] = [new FakeClock(), [], []]
    requests = createTestRequests({
      clock,
      lanes: {
        refusal: ({ operation }) => (operation === 'book' ? 'operation book is not Idempotent' : undefined),
        ask: (_, signal) =>
          new Promise((resolve) => {
            answers.push(resolve)
            signal.addEventListener('abort', () => resolve({ ...RESULT, outcome: 'CalledOff', finding: 'CalledOff' }))
          }),
      },
      ended: (finding) => void found.push(finding),
    })
  })

  const put = (id: string, change: object = {}) => requests.answer('PUT', id, JSON.stringify({ ...ORDER, ...change }))
  const view = ({ text }: Page) => JSON.parse(text) as { state: string; result?: TestRequestResult }

  it('are sent once for each id, however often it is ordered, and the result is read later, for a minute', async () => {
    expect([put('a').status, put('a').status, answers.length]).to.deep.equal([202, 200, 1])
    answers[0]!(RESULT)
    await settle()
    expect(view(requests.answer('GET', 'a', undefined))).to.deep.equal({ state: 'Done', result: RESULT })
    expect(found).to.deep.equal(['AsExpected'])
    await clock.pass(60_001)
    expect(requests.answer('GET', 'a', undefined).status).to.equal(404)
  })

  it('are refused where the order can not be read, stands for another one, or can not be sent', () => {
    expect(requests.answer('PUT', 'a', '{}').status).to.equal(400)
    put('a')
    expect(put('a', { drill: 'other' }).status).to.equal(409)
    expect(put('b', { operation: 'book' })).to.deep.equal({ status: 422, text: 'operation book is not Idempotent\n' })
  })

  it('are four at a time, end when called off, and none begins in a pod that drains', async () => {
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => put(id).status)).to.deep.equal([202, 202, 202, 202, 503])
    expect(requests.answer('DELETE', 'a', undefined).status).to.equal(202)
    await settle()
    expect(put('e').status).to.equal(202)
    await requests.leave()
    expect(put('f').status).to.equal(503)
    expect(found).to.deep.equal(Array.from({ length: 5 }, () => 'CalledOff'))
  })
})
