import { expect } from 'chai'
import fc from 'fast-check'
import { understandChoice } from '../../../../src/conversation/slots/choices.ts'
import { understandDate } from '../../../../src/conversation/slots/dates.ts'
import { heardIn } from '../../../../src/conversation/slots/sound-similarity.ts'
import { inEnglish, inFrench, short } from '../../../harness/hearing.ts'

const PURPOSE = [
  { value: 'rendez-vous', phrases: ['prendre un rendez-vous', 'un rendez-vous', 'voir le médecin'] },
  { value: 'annulation', phrases: ['annuler', 'annuler un rendez-vous', 'décommander'] },
  { value: 'secretariat', phrases: ['le secrétariat', "parler à quelqu'un", 'une personne'] },
]
const MOMENT = [
  { value: 'matin', phrases: ['le matin', 'en matinée', 'dans la matinée'] },
  { value: 'apres-midi', phrases: ["l'après-midi", "dans l'après-midi", 'en fin de journée'] },
]
const purpose = (says: string) => short(understandChoice(says, PURPOSE, inFrench))
const moment = (says: string) => short(understandChoice(says, MOMENT, inFrench))

describe('a choice by its words', () => {
  const SAID: readonly (readonly [says: string, means: string])[] = [
    ['Je voudrais prendre un rendez-vous.', 'rendez-vous'],
    ['prendre rendez-vous', 'rendez-vous'],
    ['Rendez-vous !', 'rendez-vous'],
    ["J'aimerais voir un médecin", 'rendez-vous'],
    ['Je voudrais annuler mon rendez-vous', 'annulation'],
    ['annuler un rendez-vous', 'annulation'],
    ["Je veux parler à quelqu'un", 'secretariat'],
    ['Le secretariat', 'secretariat'],
    ['pas de rendez-vous, annuler', 'annulation'],
  ]
  for (const [says, means] of SAID) it(`"${says}" is ${means}`, () => expect(purpose(says)).to.equal(means))

  it('is the other one when one is ruled out', () => {
    expect(moment("pas le matin, l'après-midi")).to.equal('apres-midi')
  })

  it('is only likely when two are named', () => {
    expect(moment("le matin ou l'après-midi")).to.match(/\?$/)
  })
})

describe('a choice by its sound, as whisper-base wrote it down for speech on the telephone', () => {
  const HEARD: readonly (readonly [heard: string, means: string])[] = [
    ["Render vos s'ils vous plaît.", 'rendez-vous?'],
    ['Rondez-vous si le boucle est.', 'rendez-vous?'],
    ['votre dent vous', 'rendez-vous?'],
    ['Autre rondivim.', 'rendez-vous?'],
    ['Voir le midecin.', 'rendez-vous?'],
    ['décomment des', 'annulation?'],
    ['Dis comment dit.', 'annulation?'],
    ['Je veux parler à quel sens ?', 'secretariat?'],
    ['le secret à ria', 'secretariat?'],
  ]
  for (const [heard, means] of HEARD) it(`"${heard}" is ${means}`, () => expect(purpose(heard)).to.equal(means))

  it('knows parts of the day', () => {
    expect(moment('Plutôt la Premidie.')).to.equal('apres-midi?')
    expect(moment('Enfin de journée.')).to.equal('apres-midi?')
    expect(moment('Luma-temps.')).to.equal('matin?')
  })

  it('is unsure where the words name one and the rest sounds like another', () => {
    expect(purpose("Je voudrais s'amuler mon rendez-vous.")).to.match(/\?$/)
  })

  it('is nothing where nothing is like it', () => {
    const others = [
      'Oui.',
      'Non.',
      'Demain.',
      'Je ne sais pas',
      '06 39 98 00 42',
      'il fait beau',
      'Ah, 100% du site.',
      '',
    ]
    for (const says of others) expect(purpose(says), says).to.equal('-')
  })

  it('works in English too', () => {
    const options = [
      { value: 'appointment', phrases: ['an appointment', 'book an appointment'] },
      { value: 'cancel', phrases: ['cancel', 'cancellation'] },
    ]
    expect(short(understandChoice('Uh, a point meant please', options, inEnglish))).to.equal('appointment?')
    expect(short(understandChoice('I want to cancel my booking', options, inEnglish))).to.equal('cancel')
  })
})

describe('a date by its sound', () => {
  const date = (says: string) => short(understandDate(says, { earliest: undefined, latest: undefined }, inFrench))

  it('is a guess where the words say none', () => {
    expect(date('Deux mains.')).to.equal('2026-11-25?')
    expect(date('Je dis de la semaine prochaine.')).to.equal('2026-12-03?')
    expect(date('Judi')).to.equal('2026-11-26?')
    expect(date('Mardi, douze, mars')).to.equal('2027-03-12?')
  })

  it('is not heard in everything', () => {
    for (const says of ['Je ne sais pas', 'un rendez-vous', "D'accord", 'Le secrétariat', 'Je suis désolé.']) {
      expect(date(says), says).to.equal('-')
    }
  })
})

describe('how much of a sound is heard in another', () => {
  const sounds = fc.stringMatching(/^[abdefgijklmnoprstuvzAIOUSN]{1,12}$/)

  it('is all of it where it stands in it, and never less than nothing', () => {
    fc.assert(
      fc.property(sounds, sounds, sounds, (part, before, after) => {
        expect(heardIn(part, before + part + after)).to.equal(1)
        expect(heardIn(part, before)).to.be.within(0, 1)
      }),
    )
  })
})
