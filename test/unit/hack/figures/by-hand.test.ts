import { expect } from 'chai'
import { byHand, type NoFigure } from '../../../../hack/figures/by-hand.ts'

const found = (text: string, isStrict = true, noFigures: NoFigure[] = []) =>
  byHand('README.md', text, noFigures, isStrict).map(({ line, figure }) => `${line}: ${figure}`)

describe('a figure that a person wrote into a page', () => {
  it('is a number with a unit, with its line', () => {
    const page = 'a\nIt takes 7.5 minutes and 18 %,\nat 1,000 Callbots 103 MiB, 1.04x of Go, 33 CRs/s, 397 ms'
    expect(found(page)).to.deep.equal([
      ...['2: 7.5 minutes', '2: 18 %'],
      ...['3: 103 MiB', '3: 1.04x', '3: 33 CRs/s', '3: 397 ms'],
    ])
  })

  it('is none where make figures wrote it', () => {
    expect(found('It took <!-- figure: deaf late -->7 ms<!-- end -->.')).to.deep.equal([])
    expect(found('<!-- figures: fault -->\n| 7 ms |\n<!-- figures: end -->\n8 s')).to.deep.equal(['4: 8 s'])
  })

  it('is none in code, in a name or a version', () => {
    expect(found('```\n0 7 s\n```\n    sleep 7 s\n`SIPp-3 s`, RFC-4733 s, 4 cores, 300 calls')).to.deep.equal([])
    expect(found('```\na\n```\n8 s'), 'the line stays').to.deep.equal(['4: 8 s'])
  })

  it('is none where the number is named as a limit, a setting or a goal, in this page and in these words', () => {
    const limit: NoFigure = { page: 'README.md', kind: 'limit', phrase: 'shows it within 10 s' }
    expect(found('The status shows it within 10 s.', true, [limit])).to.deep.equal([])
    expect(found('It took 10 s.', true, [limit])).to.deep.equal(['1: 10 s'])
    expect(found('It shows it within 10 s.', true, [{ ...limit, page: 'SECURITY.md' }])).to.deep.equal(['1: 10 s'])
  })

  it('is in a guide only what the line reports as measured, for a guide has many limits', () => {
    expect(found('A lease lasts 3 s.', false)).to.deep.equal([])
    const reports = ['It took 3 s.', 'p95 is 3 ms.', 'On two busy cores 3 s.', 'Measured: 67 MiB.', 'It once was 3 s.']
    for (const line of reports) expect(found(line, false), line).to.have.lengthOf(1)
  })
})
