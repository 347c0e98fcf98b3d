import { expect } from 'chai'
import fc from 'fast-check'
import { dayOf, isoOf, partsOf } from '../../../../src/conversation/languages/calendar.ts'
import { understandDate } from '../../../../src/conversation/slots/dates.ts'
import { inAmerican, inEnglish, inFrench, short, TODAY } from '../../../harness/hearing.ts'

const NO_LIMITS = { earliest: undefined, latest: undefined }
const french = (text: string, limits = NO_LIMITS) => short(understandDate(text, limits, inFrench))
const english = (text: string, limits = NO_LIMITS) => short(understandDate(text, limits, inEnglish))

/** Said on Tuesday, 24 November 2026. A question mark: the bot should ask back. */
const FRENCH: readonly (readonly [says: string, means: string])[] = [
  ["Aujourd'hui", '2026-11-24'],
  ['Demain.', '2026-11-25'],
  ['Après-demain', '2026-11-26'],
  ['hier', '2026-11-23'],
  ['avant-hier', '2026-11-22'],
  ['cet après-midi', '2026-11-24'],
  ['Jeudi', '2026-11-26'],
  ['plutôt jeudi matin', '2026-11-26'],
  ['Mardi', '2026-12-01?'],
  ['Mardi prochain', '2026-12-01'],
  ['lundi prochain', '2026-11-30'],
  ['mercredi prochain', '2026-12-02?'],
  ['vendredi prochain', '2026-11-27?'],
  ['samedi qui vient', '2026-11-28'],
  ['ce vendredi', '2026-11-27'],
  ['lundi en huit', '2026-12-07'],
  ['mardi en quinze', '2026-12-15'],
  ['Lundi en 8', '2026-12-07'],
  ['jeudi de la semaine prochaine', '2026-12-03'],
  ['la semaine prochaine, plutôt jeudi', '2026-12-03'],
  ['lundi dernier', '2026-11-23'],
  ['dans trois jours', '2026-11-27'],
  ['dans 3 jours', '2026-11-27'],
  ['dans huit jours', '2026-12-01?'],
  ['dans quinze jours', '2026-12-08?'],
  ['dans une quinzaine', '2026-12-08?'],
  ['dans une semaine', '2026-12-01'],
  ["d'ici deux semaines", '2026-12-08'],
  ['dans un mois', '2026-12-24'],
  ['il y a deux mois', '2026-09-24'],
  ['le 12 mars', '2027-03-12'],
  ['le douze mars', '2027-03-12'],
  ['Le 1er décembre', '2026-12-01'],
  ['le premier décembre', '2026-12-01'],
  ['vingt et un janvier', '2027-01-21'],
  ['le vingt-quatre décembre', '2026-12-24'],
  ['trente et un août', '2027-08-31'],
  ['le 24 décembre 2027', '2027-12-24'],
  ['vingt et un janvier deux mille vingt-huit', '2028-01-21'],
  ['dix-neuf mars mille neuf cent quatre-vingt-cinq', '1985-03-19'],
  ['dix-neuf mars dix-neuf cent quatre-vingt-cinq', '1985-03-19'],
  ['le mardi 1er décembre', '2026-12-01'],
  ['mardi 2 décembre', '2026-12-02?'],
  ['vendredi 12', '2027-02-12'],
  ['vendredi 4', '2026-12-04'],
  ['12/03', '2027-03-12'],
  ['12/03/2028', '2028-03-12'],
  ['12.03.2028', '2028-03-12'],
  ['le 12 mars 15', '2027-03-12'],
  ['le 12 mars 31', '2027-03-12'],
  ['le 12 mars 32', '2032-03-12'],
  ['le 12 mars 99', '2099-03-12'],
  ['le 12 mars 100', '2027-03-12'],
  ['le 12 mars 500', '2027-03-12'],
  ['le 12 mars 45 jours', '2027-03-12'],
  ['12/3', '2027-03-12'],
  ['12/003', '-'],
  ['12/mars', '-'],
  ['douze/03', '-'],
  ['12:03', '-'],
  ['le 24', '2026-11-24'],
  ['le 3', '2026-12-03'],
  ['le trente et un', '2026-12-31'],
  ['quinze', '2026-12-15?'],
  ['29 février', '2028-02-29'],
  ['Euh, mardi prochain à quatorze heures trente', '2026-12-01'],
  ['pas mardi, mercredi', '2026-11-25'],
  ['mardi ou mercredi', '2026-11-25?'],
  ['demain, mercredi', '2026-11-25'],
  ['la semaine prochaine', '-'],
  ['31 février', '-'],
  ['fin décembre', '-'],
  ['à 15 heures', '-'],
  ['je ne sais pas', '-'],
  ['', '-'],
]

const ENGLISH: readonly (readonly [says: string, means: string])[] = [
  ['today', '2026-11-24'],
  ['Tomorrow, please.', '2026-11-25'],
  ['the day after tomorrow', '2026-11-26'],
  ['Thursday', '2026-11-26'],
  ['next Tuesday', '2026-12-01'],
  ['next Friday', '2026-11-27?'],
  ['this Friday', '2026-11-27'],
  ['Monday week', '2026-12-07'],
  ['a week on Monday', '2026-12-07'],
  ['Thursday next week', '2026-12-03'],
  ['next week on Thursday', '2026-12-03'],
  ['last Monday', '2026-11-23'],
  ['in three days', '2026-11-27'],
  ['in a fortnight', '2026-12-08'],
  ['two weeks from now', '2026-12-08'],
  ['a week ago', '2026-11-17'],
  ['March the twelfth', '2027-03-12'],
  ['the 12th of March', '2027-03-12'],
  ['March 12', '2027-03-12'],
  ['twenty-fourth of December', '2026-12-24'],
  ['December 24th, 2027', '2027-12-24'],
  ['May 3rd nineteen eighty-five', '1985-05-03'],
  ['May 3rd nineteen ninety-nine', '1999-05-03'],
  ['May 3rd twenty', '2027-05-03'],
  ['May 3rd twenty two hundred', '2027-05-03'],
  ['Friday the fourth', '2026-12-04'],
  ['the third', '2026-12-03'],
  ['12/03', '2027-03-12'],
  ['not Monday, Friday', '2026-11-27'],
  ['next week', '-'],
  ['I may come', '-'],
]

describe('a date in French', () => {
  for (const [says, means] of FRENCH) it(`"${says}" is ${means}`, () => expect(french(says)).to.equal(means))
})

describe('a date in English', () => {
  for (const [says, means] of ENGLISH) it(`"${says}" is ${means}`, () => expect(english(says)).to.equal(means))

  it('has the month first in the United States', () => {
    expect(short(understandDate('12/03', NO_LIMITS, inAmerican))).to.equal('2026-12-03')
  })
})

describe('the limits of a date', () => {
  it('choose the year: a birthday lies in the past', () => {
    expect(french('le 12 mars', { earliest: -36500, latest: 0 } as never)).to.equal('2026-03-12')
    expect(french('le 12 mars 85', { earliest: -36500, latest: 0 } as never)).to.equal('1985-03-12')
  })

  it('refuse a day outside, and tell which it was', () => {
    expect(french('hier', { earliest: 0, latest: 180 } as never)).to.equal('2026-11-23!')
    expect(french('le 24 décembre 2027', { earliest: 0, latest: 180 } as never)).to.equal('2027-12-24!')
  })

  it('take a bare day of the week for today where no later one is allowed', () => {
    expect(french('mardi', { earliest: 0, latest: 3 } as never)).to.equal('2026-11-24?')
  })
})

describe('any date', () => {
  const MONTHS = 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' ')

  it('that is said with its year is understood as that day, in figures and with the name of the month', () => {
    fc.assert(
      fc.property(fc.integer({ min: -30000, max: 20000 }), (offset) => {
        const { year, month, day } = partsOf(TODAY + offset)
        fc.pre(year >= 1900 && year <= 2100)
        expect(french(`le ${day} ${MONTHS[month - 1]} ${year}`)).to.equal(isoOf(TODAY + offset))
        expect(french(`${day}/${month}/${year}`)).to.equal(isoOf(TODAY + offset))
      }),
    )
  })

  it('that is understood exists in the calendar', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.constantFrom(...MONTHS), (day, month) => {
        const means = french(`le ${day} ${month}`)
        if (means === '-') return
        const [y, m, d] = means.replace('?', '').split('-').map(Number) as [number, number, number]
        expect(dayOf(y, m, d)).to.be.a('number')
        expect(d).to.equal(day)
      }),
    )
  })
})
