import { expect } from 'chai'
import fc from 'fast-check'
import { isTooMuchJson } from '../../../src/lib/nesting.ts'

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
        expect(isTooMuchJson(JSON.stringify(whole), most)).to.equal(levelsOf(whole) > most)
      }),
    )
  })

  it('is found at the level too many, without a look at the rest', () => {
    expect(isTooMuchJson('['.repeat(17), 16)).to.equal(true)
    expect(isTooMuchJson('['.repeat(16), 16)).to.equal(false)
  })
})

describe('how many values a JSON text has', () => {
  const lists = (count: number) => `[${'[],'.repeat(count - 1)}[]]`

  it('is 250,000 at most, whatever they are', () => {
    expect(isTooMuchJson(lists(100_000), 16)).to.equal(false)
    expect(isTooMuchJson(lists(200_000), 16)).to.equal(true)
    expect(isTooMuchJson(`[${'1,'.repeat(250_001)}1]`, 16)).to.equal(true)
  })

  it('does not count what stands in its texts', () => {
    expect(isTooMuchJson(JSON.stringify('[,'.repeat(300_000)), 16)).to.equal(false)
  })
})
