import { expect } from 'chai'
import { findings, outcomeOf, type TestCallResult } from '../../../src/caller/judge/result.ts'
import { hasPassed, type PlacedCall, reportLines } from '../../../src/call/report.ts'

const result = (change: Partial<TestCallResult> = {}): TestCallResult => ({
  ...{ outcome: 'Passed', finding: 'AsExpected', status: null, edge: '10.1.0.7', trunk: null },
  ...{ ringMilliseconds: 3, answerMilliseconds: 12, callMilliseconds: 1_400, echo: null, tone: null },
  media: {
    ...{ sentDue: 50, due: 60, gaps: 0, longestSilenceMilliseconds: 20, firstAfterMilliseconds: 9 },
    ...{ ownDelayMilliseconds: 1, codec: 'PCMA', srtp: 'AES_CM_128_HMAC_SHA1_80', sent: 50, received: 60, rejected: 0 },
    ...{ concealedMilliseconds: 0, jitterMilliseconds: 0.1, networkRoundTripMilliseconds: null, sentLost: null },
  },
  ...change,
})
const placed = (change: Partial<TestCallResult> = {}, more: Partial<PlacedCall> = {}): PlacedCall => ({
  ...{ number: '+33199000001', edge: 'edge.example.com', answeredBy: 'Bot', result: result(change), ...more },
})

describe('the report of callbot call', () => {
  it('says what was heard of a bot, and how', () => {
    expect(reportLines(placed())).to.deep.equal([
      'call to +33199000001: passed: the bot answered and was heard',
      '  edge:           10.1.0.7',
      '  answered by:    a bot',
      '  ringing after:  3 ms',
      '  answered after: 12 ms',
      '  media:          PCMA, AES_CM_128_HMAC_SHA1_80',
      '  packets:        60 of 60 due received',
    ])
  })

  it('counts a call that somebody else answered as failed', () => {
    const byOther = placed({}, { answeredBy: 'Other' })
    expect(hasPassed(byOther)).to.equal(false)
    expect(reportLines(byOther)[0]).to.match(/FAILED: the call was answered, but not by a bot: /)
  })

  it('names a cure for each finding but those of the program itself, and for what edges refuse with', () => {
    for (const finding of findings) {
      if (finding === 'AsExpected') continue
      const call = placed({ finding, outcome: outcomeOf(finding), status: finding === 'Refused' ? 404 : null })
      const [first] = reportLines(call)
      expect(hasPassed(call), finding).to.equal(false)
      expect(first, finding).to.match(/^call to \+33199000001: FAILED: .{20}/)
    }
    for (const status of [403, 404, 480, 486, 503, 603]) {
      const [first] = reportLines(placed({ finding: 'Refused', outcome: 'Failed', status, media: null }))
      expect(first).to.include(String(status))
    }
  })

  it('leaves out what did not happen', () => {
    const none = { finding: 'NoEdge', outcome: 'Failed', ringMilliseconds: null, answerMilliseconds: null } as const
    const lines = reportLines(placed({ ...none, media: null, edge: null }, { answeredBy: undefined }))
    expect(lines.slice(1)).to.deep.equal(['  edge:           edge.example.com'])
  })
})
