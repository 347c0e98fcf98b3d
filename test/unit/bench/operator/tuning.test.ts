import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { memoryLimitMiB } from '../../../../bench/operator/shipped.ts'
import { goTuning, namesOf } from '../../../../bench/operator/tuning.ts'

describe('the collector of the Go peer', () => {
  it('has a tenth less than the memory that the chart gives our operator', () => {
    expect(goTuning()['GOMEMLIMIT']).to.equal(`${Math.floor(0.9 * memoryLimitMiB())}MiB`)
  })

  it('is set as docs/benchmarks.md says', () => {
    const page = readFileSync('docs/benchmarks.md', 'utf8')
    for (const [name, value] of Object.entries(goTuning())) expect(page).to.include(`\`${name}=${value}\``)
  })

  it('is named by the report', () => {
    expect(namesOf({ GOGC: '50', GOMEMLIMIT: '230MiB' })).to.equal('GOGC=50 GOMEMLIMIT=230MiB')
  })
})
