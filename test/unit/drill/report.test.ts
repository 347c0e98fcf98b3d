import { expect } from 'chai'
import fc from 'fast-check'
import type { FailoverDrill } from '../../../src/api/failover-drill.ts'
import { reportLines } from '../../../src/drill/report.ts'
import { segmentsOf, timelineLines, timelineSvg } from '../../../src/drill/timeline.ts'

const reached = [
  { state: 'Baseline', afterMilliseconds: 0 },
  { state: 'Injected', afterMilliseconds: 6_000 },
  { state: 'Detected', afterMilliseconds: 8_000 },
  { state: 'Holding', afterMilliseconds: 9_500 },
  { state: 'Restoring', afterMilliseconds: 15_000 },
  { state: 'Verified', afterMilliseconds: 24_000 },
]
const drill = (status: object = {}): FailoverDrill =>
  ({
    metadata: { name: 'essai', namespace: 'lilas' },
    spec: { integrationRef: { name: 'cabinet' }, side: 'SIP', scenario: 'Blackhole', mode: 'Synthetic' },
    status: {
      ...{ verdict: 'Passed', because: 'it did.', reached, detect: '2.0s', switch: '1.5s', return: '9.0s' },
      ...{ startedAt: '2026-11-30T05:30:00Z', finishedAt: '2026-11-30T05:30:24Z' },
      ...{ calls: { placed: 12, good: 12, failed: 0 }, notShown: ['No real call met the fault.'] },
      ...status,
    },
  }) as never

describe('the report of a drill', () => {
  it('has the verdict, the timeline, the times, and what is not shown', () => {
    expect(reportLines(drill())).to.deep.equal([
      'lilas/essai: cabinet, SIP Blackhole, Synthetic: Passed',
      '  it did.',
      '',
      '  Baseline     0.0 s  ────────────',
      '  Injected     6.0 s              ████',
      '  Detected     8.0 s                  ███',
      '  Holding      9.5 s                     ███████████',
      '  Restoring   15.0 s                                ──────────────────',
      '  Verified    24.0 s                                                 ─',
      '',
      '  detected:             2.0s',
      '  calls by the backup:  1.5s',
      '  calls by the primary: 9.0s',
      '  tests:                12, 12 good, 0 failed',
      '  not shown:',
      '    - No real call met the fault.',
    ])
  })

  it('has what became of real calls', () => {
    const realCalls = { met: 9, answered: 7, unanswered: 1, rescued: 2, spared: 3 }
    expect(reportLines(drill({ realCalls }))).to.include(
      '  real calls:           9 met it: 7 answered by the backup, 1 rang there in vain, 2 rescued by the primary; 3 spared',
    )
  })

  it('has no timeline for a drill that waits, or one by checks alone', () => {
    const lines = reportLines(drill({ reached: undefined, verdict: undefined, state: 'Pending', because: undefined }))
    expect(lines.slice(0, 2)).to.deep.equal(['lilas/essai: cabinet, SIP Blackhole, Synthetic: Pending', ''])
  })

  it('draws the same as an image, whatever names are', () => {
    const svg = timelineSvg('a<b> & "c"', segmentsOf(drill()))
    expect(svg).to.include('a&#60;b&#62; &#38; &#34;c&#34;')
    expect(svg.match(/fill="#b42318"/g)).to.have.lengthOf(3)
  })

  it('keeps each bar within the width, whenever states were reached', () => {
    const times = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(times, fc.nat(200), (found, more) => {
        const sorted = found.toSorted((one, other) => one - other)
        const finishedAt = new Date(Date.parse('2026-11-30T05:30:00Z') + sorted.at(-1)! + more * 1_000).toISOString()
        const some = sorted.map((afterMilliseconds, at) => ({ state: reached[at]!.state, afterMilliseconds }))
        for (const line of timelineLines(segmentsOf(drill({ reached: some, finishedAt })))) {
          expect(line.length).to.be.at.most(22 + 49)
          expect(line).to.match(/[█─]$/)
        }
      }),
    )
  })
})
