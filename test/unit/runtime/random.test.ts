import { expect } from 'chai'
import fc from 'fast-check'
import { randomOctets } from '../../../src/runtime/random.ts'

describe('random octets', () => {
  it('come in the number that was asked for, and never twice', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 16, max: 5_000 }), { maxLength: 20 }), (lengths) => {
        const drawn = lengths.map(randomOctets)
        expect(drawn.map(({ length }) => length)).to.deep.equal(lengths)
        expect(new Set(drawn.map((each) => each.toString('hex'))).size).to.equal(lengths.length)
      }),
    )
  })

  it('are nobody else’s: what one caller writes into them, no other reads', () => {
    const first = randomOctets(8)
    const second = randomOctets(8)
    const before = second.toString('hex')
    first.fill(0)
    expect(second.toString('hex')).to.equal(before)
  })

  it('have each bit about half of the time, over many pools', () => {
    const ones = new Array<number>(8).fill(0)
    const draws = 10_000
    for (let draw = 0; draw < draws; draw++) {
      const [octet] = randomOctets(1)
      for (let bit = 0; bit < 8; bit++) ones[bit]! += (octet! >> bit) & 1
    }
    for (const each of ones) expect(each / draws).to.be.closeTo(0.5, 0.04)
  })
})
