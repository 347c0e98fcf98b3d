import { expect } from 'chai'
import fc from 'fast-check'
import { isWholePhone, readPhone, understandPhone } from '../../../../src/conversation/slots/phone.ts'
import { speakValue } from '../../../../src/conversation/spoken-values.ts'
import { inEnglish, inFrench, short } from '../../../harness/hearing.ts'

const FRENCH: readonly (readonly [says: string, means: string])[] = [
  ['zéro six trente-neuf quatre-vingt-dix-huit zéro zéro quarante-deux', '+33639980042'],
  ['Zéro six, trente-neuf, quatre-vingt-dix-huit, zéro zéro, quarante-deux.', '+33639980042'],
  ['06 39 98 00 42', '+33639980042'],
  ['06.39.98.00.42.', '+33639980042'],
  ['06-39-98-00-42', '+33639980042'],
  ['0639980042', '+33639980042'],
  ['zéro six trente-neuf 98 00 42', '+33639980042'],
  ['0 6 3 9 9 8 0 0 4 2', '+33639980042'],
  ['zéro six trois neuf neuf huit zéro zéro quatre deux', '+33639980042'],
  ['zéro six, trente-neuf, 98, double zéro, 42', '+33639980042'],
  ["Alors c'est le 06 39 98 00 42, merci", '+33639980042'],
  ['zéro six soixante-dix-sept quatre-vingt-douze soixante et onze vingt et un', '+33677927121'],
  ['zéro six septante-sept nonante-deux septante et un vingt et un', '+33677927121'],
  ['+33 6 39 98 00 42', '+33639980042'],
  ['plus trente-trois six trente-neuf quatre-vingt-dix-huit zéro zéro quarante-deux', '+33639980042'],
  ['plus 33 06 39 98 00 42', '+33639980042'],
  ["j'en ai deux, le 06 39 98 00 42", '+33639980042?'],
  ['06 12 pardon 06 39 98 00 42', '+33639980042?'],
  ['zéro si trente-neuf 98 00 42', '+33639980042?'],
  ['le 06 39', '-'],
  ['je ne le connais pas', '-'],
]

const ENGLISH: readonly (readonly [says: string, means: string])[] = [
  ['oh two oh seven nine four six oh nine five eight', '+442079460958'],
  ['020 7946 0958', '+442079460958'],
  ['plus four four two oh seven nine four six oh nine five eight', '+442079460958'],
  ['double oh four four two oh seven', '-'],
]

describe('a telephone number by voice', () => {
  for (const [says, means] of FRENCH) {
    it(`"${says}" is ${means}`, () => expect(short(understandPhone(says, inFrench))).to.equal(means))
  }
  for (const [says, means] of ENGLISH) {
    it(`"${says}" is ${means}`, () => expect(short(understandPhone(says, inEnglish))).to.equal(means))
  }

  it('that the bot speaks is understood again, for any mobile number of France', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{7}$/), (rest) => {
        const number = `+336${rest}`
        expect(understandPhone(speakValue(number, 'Phone', inFrench), inFrench)?.value).to.equal(number)
      }),
    )
  })
})

describe('a telephone number by keys', () => {
  it('is national where the bot is at home, or international', () => {
    expect(short(readPhone('0639980042', 'FR'))).to.equal('+33639980042')
    expect(short(readPhone('+442079460958', 'FR'))).to.equal('+442079460958')
    expect(readPhone('0639', 'FR')).to.equal(undefined)
  })

  it('is whole with its last digit, so that nobody has to press #', () => {
    expect(isWholePhone('063998004', 'FR')).to.equal(false)
    expect(isWholePhone('0639980042', 'FR')).to.equal(true)
    expect(isWholePhone('00442079460958', 'FR')).to.equal(false)
  })
})
