import { expect } from 'chai'
import { processorTimeIn, shareOf } from '../../../../hack/calls/processor-time.ts'

describe('processor time that a hypervisor gives to others', () => {
  const at = (line: string) => processorTimeIn(`${line}\ncpu0 1 1 1 1 1 1 1 1 0 0\n`)

  it('is the eighth number of the first line of /proc/stat, and guests count once', () => {
    expect(at('cpu  100 0 50 700 10 0 20 120 30 40')).to.deep.equal({ all: 1_000, stolen: 120, idle: 710 })
  })

  it('is a share of all time between two readings', () => {
    const [before, after] = [at('cpu  100 0 0 100 0 0 0 10 0 0'), at('cpu  150 0 0 120 0 0 0 40 0 0')]
    expect(shareOf('stolen', before, after)).to.equal(0.3)
    expect(shareOf('stolen', before, before)).to.equal(0)
    expect(shareOf('idle', before, after)).to.equal(0.2)
    expect(shareOf('idle', before, before)).to.equal(0)
  })
})
