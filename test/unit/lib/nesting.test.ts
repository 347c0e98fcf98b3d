import { expect } from 'chai'
import fc from 'fast-check'
import { nestsDeeperThan } from '../../../src/lib/nesting.ts'

const levelsOf = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 0
    : 1 + Math.max(0, ...Object.values(value as Record<string, unknown>).map(levelsOf))

describe('how deep a JSON text is nested', () => {
  it('is what its value says, whatever stands in its texts', () => {
    const texts = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a') })
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.array(texts), fc.nat(8), (value, more, most) => {
        const whole = [value, more]
        expect(nestsDeeperThan(JSON.stringify(whole), most)).to.equal(levelsOf(whole) > most)
      }),
    )
  })

  it('is found at the level too many, without a look at the rest', () => {
    expect(nestsDeeperThan('['.repeat(17), 16)).to.equal(true)
    expect(nestsDeeperThan('['.repeat(16), 16)).to.equal(false)
  })
})
