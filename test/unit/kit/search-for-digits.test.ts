import { expect } from 'chai'
import fc from 'fast-check'
import { formsIn, formsOf } from '../../harness/search-for-digits.ts'

const CARD = '4970101234567890'

describe('the search for a card number', () => {
  it('finds it in each form, wherever it stands between other octets', () => {
    const noise = fc.uint8Array({ maxLength: 50 })
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(formsOf(CARD))), noise, noise, ([name, forms], before, after) => {
        for (const form of forms) expect(formsIn(Buffer.concat([before, form, after]), CARD)).to.include(name)
      }),
    )
  })

  it('finds it in what was encoded together with other text, at any place', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'card=']) {
      const text = `${before}${CARD}, and more`
      expect(formsIn(Buffer.from(text).toString('base64'), CARD), before).to.include('base64')
      expect(formsIn(Buffer.from(text).toString('hex'), CARD), before).to.include('hex')
      expect(formsIn(JSON.stringify({ at: [{ said: text }] }), CARD), before).to.include('plain')
    }
  })

  it('finds nothing where it is not', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (octets) => void expect(formsIn(Buffer.from(octets), CARD)).to.deep.equal([]),
      ),
    )
  })
})
