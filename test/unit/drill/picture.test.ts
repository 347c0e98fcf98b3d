import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { FailoverDrill } from '../../../src/api/failover-drill.ts'
import { titleOf } from '../../../src/drill/report.ts'
import { segmentsOf, timelineSvg } from '../../../src/drill/timeline.ts'

describe('the picture of a drill in the README', () => {
  it('is drawn from docs/drill.json: one that was changed by hand fails with the advice to run make picture', () => {
    const drill = JSON.parse(readFileSync('docs/drill.json', 'utf8')) as FailoverDrill
    const drawn = timelineSvg(titleOf(drill), segmentsOf(drill))
    expect(readFileSync('docs/drill.svg', 'utf8'), 'run make demo, then make picture').to.equal(drawn)
    expect(drill.status).to.have.property('verdict', 'Passed')
    expect(readFileSync('README.md', 'utf8')).to.include('](docs/drill.svg)')
  })
})
