import { expect } from 'chai'
import { PortPool } from '../../../../src/telephony/media/port-pool.ts'

describe('the pool of media ports', () => {
  it('has pairs of an even port and the odd one after it, within its range (RFC 3550 11)', () => {
    const all = (from: number, to: number) => {
      const pool = new PortPool({ from, to })
      return Array.from({ length: pool.size }, () => pool.take())
    }
    expect(all(16_384, 16_389)).to.deep.equal([16_384, 16_386, 16_388])
    expect(all(16_383, 16_388)).to.deep.equal([16_384, 16_386])
    expect(all(16_385, 16_386)).to.deep.equal([])
  })

  it('gives out last what came back last, since packets of the old call may still come', () => {
    const pool = new PortPool({ from: 100, to: 105 })
    const first = pool.take()!
    pool.giveBack(first)
    expect([pool.take(), pool.take(), pool.take(), pool.take()]).to.deep.equal([102, 104, 100, undefined])
  })
})
