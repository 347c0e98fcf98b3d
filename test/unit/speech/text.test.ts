import { expect } from 'chai'
import * as fc from 'fast-check'
import { wordsOf } from '../../../src/speech/recognition/hallucination-filter.ts'
import { clauses } from '../../../src/speech/synthesis/phonemes.ts'
import { sentencesOf } from '../../../src/speech/synthesis/sentence-splitter.ts'

const squeezed = (text: string) => text.replace(/\s+/g, '')

describe('a text that is to be said', () => {
  it('is rendered sentence by sentence', () => {
    expect(
      sentencesOf('Je vous propose mardi prochain à 14.30. Cela vous convient-il ? Sinon, dites-le.'),
    ).to.deep.equal(['Je vous propose mardi prochain à 14.30.', 'Cela vous convient-il ?', 'Sinon, dites-le.'])
  })

  it('keeps a short beginning with what follows', () => {
    expect(sentencesOf('Bonjour. Que puis-je faire pour vous ?')).to.deep.equal([
      'Bonjour. Que puis-je faire pour vous ?',
    ])
  })

  it('is cut at a comma when a sentence is too long', () => {
    const long = `${'un mot après l’autre '.repeat(9)}enfin, ${'et encore '.repeat(8)}fini.`
    const parts = sentencesOf(long)
    expect(parts).to.have.length(2)
    expect(parts[0]).to.match(/enfin,$/)
  })

  it('loses nothing but white space, and no part of it is over 220 characters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1_000, unit: fc.constantFrom(...'abÉ1 .,;?!…"\n') }), (text) => {
        const parts = sentencesOf(text)
        expect(squeezed(parts.join(''))).to.equal(squeezed(text))
        for (const part of parts) expect(part.length).to.be.within(1, 232)
      }),
    )
  })
})

describe('clauses', () => {
  it('are split at marks that a space follows, so that numbers stay whole', () => {
    expect(clauses('Oui, à 14.30 ou 12,5 : merci !')).to.deep.equal([
      { words: 'Oui', mark: ',' },
      { words: 'à 14.30 ou 12,5', mark: ':' },
      { words: 'merci', mark: '!' },
    ])
  })

  it('hold every word of the text, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1 .,?\n') }), (text) => {
        const letters = (from: string) => from.replace(/[^ab1]/g, '')
        expect(
          letters(
            clauses(text)
              .map(({ words }) => words)
              .join(''),
          ),
        ).to.equal(letters(text))
      }),
    )
  })
})

describe('a transcript', () => {
  it('holds no notes of what nobody said', () => {
    for (const noise of ['[Musique]', '(bruit de fond)', '*Rires*', '♪ la la ♪', ' ... ', '']) {
      expect(wordsOf(noise), noise).to.equal('')
    }
    expect(wordsOf('[Musique] Oui, bonjour. (toux)')).to.equal('Oui, bonjour.')
  })

  it('holds no credits of films', () => {
    for (const credit of [
      "Sous-titres réalisés par la communauté d'Amara.org",
      'Sous-titrage Société Radio-Canada',
      'Thank you for watching!',
    ]) {
      expect(wordsOf(credit), credit).to.equal('')
    }
  })

  it('keeps what a caller may well say', () => {
    for (const said of ['Merci.', 'Oui', '06 12 34 56 78', 'Je regarde des sous-titres'])
      expect(wordsOf(said)).to.equal(said)
  })
})
