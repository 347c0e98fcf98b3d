import { expect } from 'chai'
import { livesIn } from '../../../../hack/calls/lives.ts'

const line = (call: string, port: number, seconds: number, what: string) =>
  `${call} ${port} 2026-11-26\t21:19:08.496175\t${seconds} ${what}\n`

describe("lives of calls in SIPp's log", () => {
  it('have the port, the answer, the end and the host that answered', () => {
    const log =
      line('1-2@10.0.0.9', 34_000, 1000.5, 'answered sip:callbot@10.244.1.5:5061') +
      line('2-2@10.0.0.9', 34_002, 1000.7, 'answered sips:[fd00::5]:5061') +
      line('1-2@10.0.0.9', 34_000, 1010.5, 'over')
    expect(livesIn(log)).to.deep.equal([
      { port: 34_000, from: 1000.5, until: 1010.5, answeredBy: '10.244.1.5' },
      { port: 34_002, from: 1000.7, answeredBy: '[fd00::5]' },
    ])
  })

  it('are none where nobody answered, and where a line was cut off', () => {
    expect(livesIn('')).to.deep.equal([])
    expect(livesIn('1-2@10.0.0.9 34000 2026-1')).to.deep.equal([])
    expect(livesIn(line('1-2@10.0.0.9', 34_000, 1000.5, 'over'))).to.deep.equal([])
  })
})
