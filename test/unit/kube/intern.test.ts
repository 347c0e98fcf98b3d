import { expect } from 'chai'
import { intern, share } from '../../../src/kube/intern.ts'

describe('what many objects have alike', () => {
  it('is one object for all of them, with the value that it had', () => {
    const first = share({ type: 'Ready', status: 'True' })
    expect(share({ type: 'Ready', status: 'True' })).to.equal(first)
    expect(first).to.deep.equal({ type: 'Ready', status: 'True' })
    expect(share({ type: 'Ready', status: 'False' })).not.to.equal(first)
  })

  it('may be absent', () => {
    expect(share(undefined)).to.equal(undefined)
    expect(intern(undefined)).to.equal(undefined)
  })

  it('is forgotten rather than gathered without end', () => {
    const first = share({ name: 'the first' })
    for (let other = 0; other < 20_001; other++) share({ other })
    const again = share({ name: 'the first' })
    expect(again).to.deep.equal(first)
    expect(again).not.to.equal(first)
  })
})
