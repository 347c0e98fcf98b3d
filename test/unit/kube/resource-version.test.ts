import { expect } from 'chai'
import fc from 'fast-check'
import { compareVersions } from '../../../src/kube/resource-version.ts'

describe('resource versions', () => {
  it('compare as whole numbers of any size (KEP-5504)', () => {
    const version = fc.bigInt({ min: 1n, max: 10n ** 30n })
    fc.assert(
      fc.property(version, version, (a, b) => {
        const expected = a < b ? -1 : a > b ? 1 : 0
        expect(Math.sign(compareVersions(String(a), String(b)))).to.equal(expected)
      }),
    )
  })

  it('are the oldest when absent', () => {
    expect(compareVersions(undefined, '1')).to.be.below(0)
    expect(compareVersions('', undefined)).to.equal(0)
  })
})
