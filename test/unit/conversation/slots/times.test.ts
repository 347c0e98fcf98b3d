import { expect } from 'chai'
import fc from 'fast-check'
import { typedTime, understandTime, writeTime } from '../../../../src/conversation/slots/times.ts'
import { inEnglish, inFrench, short } from '../../../harness/hearing.ts'

/** A question mark: morning or afternoon is only likely, so the bot should ask back. */
const FRENCH: readonly (readonly [says: string, means: string])[] = [
  ['quatorze heures trente', '14:30'],
  ['À 14h30.', '14:30'],
  ['14 heures 30', '14:30'],
  ['14:30', '14:30'],
  ['14h', '14:00'],
  ['midi', '12:00'],
  ['midi et quart', '12:15'],
  ['midi moins dix', '11:50'],
  ['minuit', '00:00'],
  ['minuit et demi', '00:30'],
  ['neuf heures', '09:00'],
  ['neuf heures moins le quart', '08:45'],
  ['dix heures dix', '10:10'],
  ['neuf heures et demie', '09:30'],
  ["deux heures et demie de l'après-midi", '14:30'],
  ['trois heures du matin', '03:00'],
  ['trois heures le matin', '03:00'],
  ['trois heures de la nuit', '03:00'],
  ['trois heures le soir', '15:00'],
  ['huit heures du soir', '20:00'],
  ['deux heures', '14:00?'],
  ['une heure et quart', '13:15?'],
  ['trois heures moins le quart', '14:45?'],
  ['mardi à 10h15', '10:15'],
  ['vingt et une heures', '21:00'],
  ['quatorze trente', '14:30?'],
  ['quinze', '15:00?'],
  ['pas à 9h, à 10h', '10:00'],
  ['9h ou 10h', '10:00?'],
  ["dans l'après-midi", '-'],
  ['25 heures', '-'],
  ['le 14 mars', '-'],
]

const ENGLISH: readonly (readonly [says: string, means: string])[] = [
  ['half past nine', '09:30'],
  ['half past two', '14:30?'],
  ['quarter to three', '14:45?'],
  ['ten past four in the morning', '04:10'],
  ['2 pm', '14:00'],
  ['2 p m', '14:00'],
  ['2 a m', '02:00'],
  ['two in the afternoon', '14:00'],
  ['nine in the evening', '21:00'],
  ['eleven at night', '23:00'],
  ['2:30 p.m.', '14:30'],
  ['9 a.m.', '09:00'],
  ['12 a.m.', '00:00'],
  ['twelve p.m.', '12:00'],
  ["nine o'clock", '09:00'],
  ['noon', '12:00'],
  ['fourteen thirty', '14:30?'],
  ['eight oh five', '08:05?'],
  ['at nine', '09:00?'],
  ['14:30', '14:30'],
  ['in the afternoon', '-'],
]

describe('a time in French', () => {
  for (const [says, means] of FRENCH) {
    it(`"${says}" is ${means}`, () => expect(short(understandTime(says, inFrench))).to.equal(means))
  }
})

describe('a time in English', () => {
  for (const [says, means] of ENGLISH) {
    it(`"${says}" is ${means}`, () => expect(short(understandTime(says, inEnglish))).to.equal(means))
  }
})

describe('a time by keys', () => {
  const KEYS: readonly (readonly [typed: string, means: string | undefined])[] = [
    ['1430', '14:30'],
    ['930', '09:30'],
    ['9', '09:00'],
    ['14', '14:00'],
    ['2460', undefined],
    ['99', undefined],
    ['', undefined],
  ]
  for (const [typed, means] of KEYS) it(`${typed} is ${means}`, () => expect(typedTime(typed)).to.equal(means))
})

it('any time of the day that is written in figures is understood as that time', () => {
  fc.assert(
    fc.property(fc.nat(23), fc.nat(59), (hour, minute) => {
      const written = writeTime(hour, minute)
      expect(understandTime(written, inEnglish)?.value.slice(-2)).to.equal(written.slice(-2))
      const understood = understandTime(`${hour} heures ${minute} du matin`, inFrench)
      expect(understood).to.deep.equal({ certainty: 'Sure', value: written })
    }),
  )
})
