import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { PICTURE_EVIDENCE } from '../../../hack/drill-picture.ts'
import type { FailoverDrill } from '../../../src/api/failover-drill.ts'
import { titleOf } from '../../../src/drill/report.ts'
import { segmentsOf, timelineSvg } from '../../../src/drill/timeline.ts'

describe('the picture of a drill in the README', () => {
  it('is drawn from its file in docs/evidence: without it, or changed by hand, it fails with the advice to run make picture', () => {
    expect(existsSync(PICTURE_EVIDENCE), `${PICTURE_EVIDENCE} is missing: run make demo, then make picture`).to.equal(
      true,
    )
    const drill = JSON.parse(readFileSync(PICTURE_EVIDENCE, 'utf8')) as FailoverDrill
    const drawn = timelineSvg(titleOf(drill), segmentsOf(drill))
    expect(readFileSync('docs/drill.svg', 'utf8'), 'run make demo, then make picture').to.equal(drawn)
    expect(drill.status).to.have.property('verdict', 'Passed')
    expect(readFileSync('README.md', 'utf8')).to.include('](docs/drill.svg)')
  })
})
