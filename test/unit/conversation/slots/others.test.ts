import { expect } from 'chai'
import fc from 'fast-check'
import { typedAmount, understandAmount } from '../../../../src/conversation/slots/amount.ts'
import { understandDigits } from '../../../../src/conversation/slots/digits.ts'
import { understandYesNo } from '../../../../src/conversation/slots/yes-no.ts'
import { inEnglish, inFrench, short } from '../../../harness/hearing.ts'

describe('yes and no in French', () => {
  const YES =
    "oui|Oui.|ouais|oui oui|mais si|d'accord|ok|tout à fait|exactement|c'est ça|C'est bien ça.|absolument|bien sûr|évidemment|volontiers|" +
    "je veux bien|pas de problème|pas de souci|oui s'il vous plaît|c'est bon|voilà|je confirme|avec plaisir|ça marche|parfait|effectivement"
  const NO =
    "non|Non.|nan|non merci|pas du tout|absolument pas|jamais|non, jamais|pas encore|non pas encore|surtout pas|c'est faux|ce n'est pas ça|" +
    "c'est pas ça|pas vraiment|bien sûr que non|je ne crois pas|pas d'accord|je ne suis jamais venu|c'est la première fois|il y a une erreur"
  for (const says of YES.split('|')) {
    it(`"${says}" is yes`, () => expect(short(understandYesNo(says, inFrench.language))).to.equal('yes'))
  }
  for (const says of NO.split('|')) {
    it(`"${says}" is no`, () => expect(short(understandYesNo(says, inFrench.language))).to.equal('no'))
  }

  it('is unsure when the recogniser wrote what sounds like it', () => {
    expect(short(understandYesNo('Huit.', inFrench.language))).to.equal('yes?')
    expect(short(understandYesNo('Nom', inFrench.language))).to.equal('no?')
    expect(short(understandYesNo('Ouiset ça.', inFrench.language))).to.equal('yes?')
    expect(short(understandYesNo('Si.', inFrench.language))).to.equal('yes?')
  })

  it('is neither when both were said, or something else', () => {
    for (const says of [
      ...['oui mais non', 'peut-être', 'le huit mars', 'mon nom est Martin', 'je ne sais pas', 'je sais pas trop'],
      ...['Rondez-vous si le boucle est.', "si c'est possible", "je n'ai pas compris"],
    ]) {
      expect(short(understandYesNo(says, inFrench.language)), says).to.equal('-')
    }
  })
})

describe('yes and no in English', () => {
  for (const says of "yes|Yeah.|yep|sure|of course|that's right|correct|no problem|I do|go ahead".split('|')) {
    it(`"${says}" is yes`, () => expect(short(understandYesNo(says, inEnglish.language))).to.equal('yes'))
  }
  for (const says of "no|Nope.|not at all|no thanks|never|I don't|that's wrong|not yet|of course not".split('|')) {
    it(`"${says}" is no`, () => expect(short(understandYesNo(says, inEnglish.language))).to.equal('no'))
  }
})

describe('neither yes nor no in English', () => {
  for (const says of ["I'm not sure", "I don't know", 'no idea', 'maybe']) {
    it(`is "${says}"`, () => expect(short(understandYesNo(says, inEnglish.language))).to.equal('-'))
  }
})

describe('a row of digits', () => {
  const six = { least: 6, most: 6 }
  const ROWS: readonly (readonly [says: string, means: string])[] = [
    ['quatre sept un un zéro zéro', '471100'],
    ['47 11 00', '471100'],
    ['quarante-sept onze zéro zéro', '471100'],
    ['quarante-sept, onze, double zéro', '471100'],
    ['quatre sept deux fois un zéro zéro', '471100'],
    ['mon dossier est le 471100', '471100'],
    ['quatre set un un zéro zéro', '471100?'],
    ['quatre sept un et puis un zéro zéro', '471100'],
    ['quatre sept un un', '-'],
    ['aucune idée', '-'],
  ]
  for (const [says, means] of ROWS) {
    it(`"${says}" is ${means}`, () => expect(short(understandDigits(says, six, inFrench))).to.equal(means))
  }
  it('in English knows "double" and "oh"', () => {
    expect(short(understandDigits('four seven double one oh oh', six, inEnglish))).to.equal('471100')
  })
})

describe('a sum of money', () => {
  const SUMS: readonly (readonly [says: string, means: string])[] = [
    ['douze euros', '12.00 EUR'],
    ['douze euros cinquante', '12.50 EUR'],
    ['12,50 €', '12.50 EUR'],
    ['1 200 euros', '1200.00 EUR'],
    ['mille deux cents euros', '1200.00 EUR'],
    ['cinquante centimes', '0.50 EUR'],
    ['douze virgule cinq', '12.50 EUR'],
    ['douze virgule zéro cinq euros', '12.05 EUR'],
    ['12 euros et 5 centimes', '12.05 EUR'],
    ['deux mille cinq cents francs', '2500.00 CHF'],
    ['vingt', '20.00 EUR'],
    ['dix ou vingt euros', '20.00 EUR'],
    ['dix euros, non, vingt euros', '20.00 EUR?'],
    ['beaucoup', '-'],
  ]
  for (const [says, means] of SUMS) {
    it(`"${says}" is ${means}`, () => expect(short(understandAmount(says, 'EUR', inFrench))).to.equal(means))
  }
  it('in English knows pounds and pence', () => {
    expect(short(understandAmount('twelve pounds fifty', 'GBP', inEnglish))).to.equal('12.50 GBP')
    expect(short(understandAmount('£12.50', 'EUR', inEnglish))).to.equal('12.50 GBP')
    expect(short(understandAmount('fifty pence', 'GBP', inEnglish))).to.equal('0.50 GBP')
  })
  it('by keys has the star for its point', () => {
    expect(typedAmount('125*5', 'EUR')).to.equal('125.50 EUR')
    expect(typedAmount('125', 'EUR')).to.equal('125.00 EUR')
    expect(typedAmount('1*2*3', 'EUR')).to.equal(undefined)
  })
  it('in figures is what is written, for any sum', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.nat(99), (units, cents) => {
        const written = `${units},${String(cents).padStart(2, '0')} euros`
        const means = `${units}.${String(cents).padStart(2, '0')} EUR`
        expect(short(understandAmount(written, 'EUR', inFrench))).to.equal(means)
      }),
    )
  })
})
