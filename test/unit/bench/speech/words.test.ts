import { expect } from 'chai'
import * as fc from 'fast-check'
import { percentile, wordErrors, wordsOf } from '../../../../bench/speech/words.ts'

const errors = (said: string, heard: string) => wordErrors(wordsOf(said), wordsOf(heard))

describe('the word error rate', () => {
  it('counts words that are exchanged, missing and too many', () => {
    expect(errors('votre appel est en attente', 'votre appelle est attente svp')).to.equal(3)
    expect(errors('un deux trois', '')).to.equal(3)
    expect(errors('', 'musique')).to.equal(1)
  })

  it('does not count what cannot be heard', () => {
    expect(errors("Quel est l'œuvre ? Rendez-vous…", 'quel est l’oeuvre rendez vous')).to.equal(0)
  })

  it('is a distance: none to itself, the same both ways, no more than the longer of the two', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
    fc.assert(
      fc.property(words, words, (one, other) => {
        expect(wordErrors(one, one)).to.equal(0)
        expect(wordErrors(one, other)).to.equal(wordErrors(other, one))
        expect(wordErrors(one, other)).to.be.within(
          Math.abs(one.length - other.length),
          Math.max(one.length, other.length),
        )
      }),
    )
  })
})

describe('a percentile', () => {
  it('is a value that was measured, with so many at or below it', () => {
    expect(percentile([5, 1, 3, 2, 4], 50)).to.equal(3)
    expect(percentile([5, 1, 3, 2, 4], 95)).to.equal(5)
    expect(percentile([7], 50)).to.equal(7)
  })
})
