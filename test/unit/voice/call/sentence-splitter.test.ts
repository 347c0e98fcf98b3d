import { expect } from 'chai'
import fc from 'fast-check'
import { partsOf, sentencesOf } from '../../../../src/voice/call/sentence-splitter.ts'

describe('a sentence that a caller waits for', () => {
  it('is parted at the first comma after a third of it, when it is long and a clause is left', () => {
    expect(
      partsOf("Le zéro quatre, soixante-cinq, soixante et onze, vingt-huit, trente-neuf, c'est bien ça ?"),
    ).to.deep.equal(['Le zéro quatre, soixante-cinq, soixante et onze,', "vingt-huit, trente-neuf, c'est bien ça ?"])
    expect(partsOf("L'après-midi, c'est bien ça ?")).to.have.length(1)
    expect(partsOf(`${'a'.repeat(80)}, oui.`)).to.have.length(1)
    expect(partsOf('a'.repeat(400))).to.have.length(1)
  })

  it('loses nothing but the space at which it is parted', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: fc.constantFrom(...'abÉ1 ,;?!.') }), (text) => {
        for (const sentence of sentencesOf(text)) expect(partsOf(sentence).join(' ')).to.equal(sentence)
      }),
    )
  })
})
