import { expect } from 'chai'
import { droppedOf } from '../../../../hack/calls/capture.ts'
import { renderScenario } from '../../../../hack/calls/scenario.ts'
import { answerTimesOf, countsOf } from '../../../../hack/calls/sipp.ts'

describe('a scenario of SIPp', () => {
  const caller = { by: 'Caller', afterMs: 2000 } as const
  it('offers SRTP in RTP/SAVP only, or plain RTP in RTP/AVP', () => {
    const secure = renderScenario({ srtp: true, ends: caller })
    expect(secure)
      .to.match(/RTP\/SAVP 8 101/)
      .and.match(/a=crypto:/)
    const plain = renderScenario({ srtp: false, ends: caller })
    expect(plain)
      .to.match(/RTP\/AVP 8 101/)
      .and.not.match(/a=crypto:/)
  })
  it('hangs up itself or waits for the bot to do so', () => {
    expect(renderScenario({ srtp: true, ends: caller })).to.include('BYE [next_url] SIP/2.0')
    const patient = renderScenario({ srtp: true, ends: { by: 'Bot', withinMs: 60_000 } })
    expect(patient).to.include('<recv request="BYE" timeout="60000">').and.not.include('BYE [next_url]')
  })
})

describe('what SIPp and dumpcap say at their end', () => {
  it('is read from the last line of the statistics', () => {
    const csv = 'StartTime;SuccessfulCall(P);SuccessfulCall(C);FailedCall(C);\nx;1;1;0;\ny;2;148;2;\n'
    expect(countsOf(csv)).to.deep.equal({ successful: 148, failed: 2 })
  })
  it('is read from the trace of answer times', () => {
    expect(answerTimesOf('Date_ms;response_time_ms;rtd_no\n1.5;5.23;1\n2.5;1.5;1\n')).to.deep.equal([5.23, 1.5])
  })
  it('is added up over interfaces', () => {
    const line = (name: string, counts: string) => `Packets received/dropped on interface '${name}': ${counts} (pcap:0)`
    expect(droppedOf(`${line('lo', '302/0')}\n${line('eth0', '5/4')}`)).to.equal(4)
    expect(() => droppedOf('')).to.throw('dumpcap')
  })
})
