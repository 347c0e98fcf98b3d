import { expect } from 'chai'
import fc from 'fast-check'
import { readEnglishNumber } from '../../../../src/conversation/languages/en/numbers.ts'
import { readFrenchNumber } from '../../../../src/conversation/languages/fr/numbers.ts'
import { frenchNumber } from '../../../../src/conversation/languages/fr/phrases.ts'
import { tokensOf } from '../../../../src/conversation/languages/tokens.ts'

const whole = (read: typeof readFrenchNumber, text: string) => {
  const tokens = tokensOf(text)
  const number = read(tokens, 0)
  return number?.end === tokens.length ? number.value : undefined
}

describe('a number in French words', () => {
  const NUMBERS: readonly (readonly [says: string, value: number])[] = [
    ['zéro', 0],
    ['dix-sept', 17],
    ['vingt et un', 21],
    ['soixante-dix', 70],
    ['soixante et onze', 71],
    ['soixante-dix-sept', 77],
    ['septante-sept', 77],
    ['quatre-vingts', 80],
    ['huitante-deux', 82],
    ['quatre-vingt-un', 81],
    ['quatre-vingt-douze', 92],
    ['nonante-deux', 92],
    ['quatre-vingt-dix-neuf', 99],
    ['cent', 100],
    ['cent un', 101],
    ['deux cents', 200],
    ['trois cent quarante-deux', 342],
    ['mille', 1000],
    ['mille deux cents', 1200],
    ['deux mille vingt-sept', 2027],
    ['dix-neuf cent quatre-vingt-cinq', 1985],
    ['2 mille', 2000],
    ['neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf', 999_999],
  ]
  for (const [says, value] of NUMBERS) {
    it(`"${says}" is ${value}`, () => expect(whole(readFrenchNumber, says)).to.equal(value))
  }

  it('ends where another number begins', () => {
    const row = tokensOf('trente-neuf quatre-vingt-dix-huit')
    expect(readFrenchNumber(row, 0)).to.deep.include({ value: 39, end: 2 })
    expect(readFrenchNumber(tokensOf('vingt et deux'), 0)).to.deep.include({ value: 20, end: 1 })
  })

  it('from 0 to 99 that the bot speaks is understood again', () => {
    for (let value = 0; value < 100; value++) {
      expect(whole(readFrenchNumber, frenchNumber(value)), frenchNumber(value)).to.equal(value)
    }
  })
})

describe('a number in English words', () => {
  const NUMBERS: readonly (readonly [says: string, value: number])[] = [
    ['zero', 0],
    ['oh', 0],
    ['twenty-one', 21],
    ['a hundred', 100],
    ['one hundred and five', 105],
    ['two thousand and twenty seven', 2027],
    ['twelve hundred', 1200],
  ]
  for (const [says, value] of NUMBERS) {
    it(`"${says}" is ${value}`, () => expect(whole(readEnglishNumber, says)).to.equal(value))
  }
})

it('figures keep their leading zeros as digits', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,12}$/), (figures) => {
      expect(readFrenchNumber([figures], 0)).to.deep.equal({ value: Number(figures), digits: figures, end: 1 })
    }),
  )
})
