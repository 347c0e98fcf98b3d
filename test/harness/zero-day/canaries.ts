/** Values that belong to nobody, by which a search recognises what was a caller's. All of one kind begin alike. */
import { alawOf } from '../../../hack/calls/audio.ts'
import { laws } from '../../../src/wire/codec/g711.ts'
import { formsOfDigits, formsOfText, patternsOf } from '../octet-search/forms.ts'
import type { Pattern } from '../octet-search/matcher.ts'
import { formsOfSound } from '../octet-search/sound-forms.ts'
import { vowels } from '../vowels.ts'

/** Of numbers, cards and IBANs: eleven digits; what comes behind is different in each call. */
export interface CanaryFamily {
  /** Before the names of its finds. */
  readonly label: string
  readonly digits: string
  readonly name: string
  readonly answer: string
  readonly sound: Int16Array
}

export interface Canaries {
  /** The caller's own number, as E.164 has it. */
  readonly number: string
  /** 16 digits that pass Luhn's check. */
  readonly card: string
  readonly iban: string
  readonly name: string
  /** What the client's web service answers. */
  readonly answer: string
  /** What the caller says, as the speech server understands it: name, number digit by digit, IBAN. */
  readonly words: string
}

/** In calls of which nothing is kept. */
export const KEPT_NOTHING: CanaryFamily = {
  ...{ label: '', digits: '33970284615', name: 'Quervélinoux', answer: 'Zorbiculature' },
  sound: asHeard(vowels(2)),
}

/** In calls whose records are kept for a day. */
export const KEPT_A_DAY: CanaryFamily = {
  ...{ label: 'kept a day: ', digits: '33971395726', name: 'Vaudrémontel', answer: 'Plumitarquine' },
  sound: asHeard(vowels(2, 7_000)),
}
const WORDS = ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf']

/** @param index of the call, 0 to 9999 */
export function canariesOf(family: CanaryFamily, index: number): Canaries {
  const which = `${index % 10_000}`.padStart(4, '0')
  const number = `${family.digits}${which}`
  const name = `${family.name}${which}`
  const iban = `FR76 ${`${family.digits}${which}00189`.match(/.{1,4}/g)!.join(' ')}`
  const spoken = [...number].map((digit) => WORDS[Number(digit)]!).join(' ')
  return {
    number: `+${number}`,
    card: withCheckDigit(number),
    ...{ iban, name, answer: `${family.answer}${which}` },
    words: `Je suis ${name}, mon numéro est ${spoken}, mon compte est ${iban}.`,
  }
}

/** Luhn's. */
function withCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}

/** Every form of every canary of a family. */
export const patternsOfFamily = ({ label, digits, name, answer, sound }: CanaryFamily): Pattern[] => [
  ...patternsOf(`${label}digits`, formsOfDigits(digits)),
  ...patternsOf(`${label}name`, formsOfText(name)),
  ...patternsOf(`${label}answer`, formsOfText(answer)),
  ...patternsOf(`${label}sound`, formsOfSound(alawOf(sound))),
]

/** What is left of samples behind a telephone: A-law has 256 values. */
function asHeard(samples: Int16Array): Int16Array {
  return Int16Array.from(alawOf(samples), (octet) => laws.PCMA.linear[octet]!)
}
