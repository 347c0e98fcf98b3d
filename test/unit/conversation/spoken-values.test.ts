import { expect } from 'chai'
import type { SlotType } from '../../../src/rules/flow/flow.ts'
import { speakText, speakValue } from '../../../src/conversation/spoken-values.ts'
import { inAmerican, inEnglish, inFrench } from '../../harness/hearing.ts'

const FRENCH: readonly (readonly [value: string, type: SlotType | undefined, spoken: string])[] = [
  ['2026-12-01', 'Date', 'mardi premier décembre'],
  ['2027-03-12', 'Date', 'vendredi 12 mars'],
  ['1985-03-19', 'Date', 'mardi 19 mars 1985'],
  ['09:30', 'Time', '9 heures 30'],
  ['01:00', 'Time', 'une heure'],
  ['21:05', 'Time', 'vingt et une heures 5'],
  ['12:00', 'Time', 'midi'],
  ['00:00', 'Time', 'minuit'],
  ['+33639980042', 'Phone', 'zéro six, trente-neuf, quatre-vingt-dix-huit, zéro zéro, quarante-deux'],
  ['+442079460958', 'Phone', 'plus quarante-quatre, vingt, soixante-dix-neuf, quarante-six, zéro neuf, cinquante-huit'],
  ['471100', 'Digits', 'quarante-sept, onze, zéro zéro'],
  ['12345', 'Digits', 'douze, trente-quatre, cinq'],
  ['12.50 EUR', 'Amount', '12 euros 50'],
  ['1.00 GBP', 'Amount', '1 livre'],
  ['yes', 'YesNo', 'oui'],
  ['rendez-vous', 'Choice', 'rendez-vous'],
  ['2026-12-01', 'FreeText', '2026-12-01'],
  ['2026-12-01T09:30:00Z', undefined, 'mardi premier décembre, 9 heures 30'],
  ['09:30', undefined, '9 heures 30'],
  ['471100', undefined, '471100'],
  ['docteur Martin', undefined, 'docteur Martin'],
]

describe('a value is spoken', () => {
  for (const [value, type, spoken] of FRENCH) {
    it(`in French: ${value} (${type ?? 'of an operation'}) as "${spoken}"`, () => {
      expect(speakValue(value, type, inFrench)).to.equal(spoken)
    })
  }

  it('in English', () => {
    expect(speakValue('2026-12-01', 'Date', inEnglish)).to.equal('Tuesday, 1st of December')
    for (const [time, spoken] of [
      ['00:00', 'midnight'],
      ['00:05', '12 oh 5 a.m.'],
      ['09:00', '9 a.m.'],
      ['11:59', '11 59 a.m.'],
      ['12:00', 'noon'],
      ['12:10', '12 10 p.m.'],
      ['14:05', '2 oh 5 p.m.'],
    ] as const)
      expect(speakValue(time, 'Time', inEnglish), time).to.equal(spoken)
    expect(speakValue('+442079460958', 'Phone', inEnglish)).to.equal(
      'zero two zero, seven nine four, six zero nine, five eight',
    )
    expect(speakValue('12.50 USD', 'Amount', inAmerican)).to.equal('12 dollars 50')
  })
})

describe('a text with {field}', () => {
  const types: Record<string, SlotType> = { jour: 'Date' }
  const speak = (text: string) => speakText(text, { jour: '2026-12-01' }, (field) => types[field], inFrench)

  it('has it spoken', () => expect(speak('Le {jour}.')).to.equal('Le mardi premier décembre.'))
  it('says nothing in the place of what was not collected', () =>
    expect(speak('Le {heure} {jour}')).to.equal('Le mardi premier décembre'))
  it('keeps what is no field', () => expect(speak('Un {Autre} et {}')).to.equal('Un {Autre} et {}'))
})
