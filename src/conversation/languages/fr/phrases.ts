import type { SlotType } from '../../../rules/flow/flow.ts'
import { partsOf } from '../calendar.ts'
import type { Phrases } from '../phrases.ts'

const WEEKDAYS = ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche']
const MONTHS = 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' ')
const UNITS =
  'zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf'.split(
    ' ',
  )
const TENS = [
  '',
  '',
  'vingt',
  'trente',
  'quarante',
  'cinquante',
  'soixante',
  'soixante',
  'quatre-vingt',
  'quatre-vingt',
]
const CURRENCIES: Record<string, string> = { EUR: 'euro', GBP: 'livre', CHF: 'franc', USD: 'dollar', CAD: 'dollar' }
/** After so many days a date is said with its year. */
const YEAR_FROM_DAYS = 300

/** 0 to 99 in words, as in France. */
export function frenchNumber(value: number): string {
  if (value < 20) return UNITS[value]!
  const [ten, unit] = [Math.floor(value / 10), value % 10]
  const rest = ten === 7 || ten === 9 ? 10 + unit : unit
  if (rest === 0) return ten === 8 ? 'quatre-vingts' : TENS[ten]!
  // "vingt et un", "soixante et onze", yet "quatre-vingt-un", "quatre-vingt-onze".
  return (rest === 1 || rest === 11) && ten < 8 ? `${TENS[ten]} et ${UNITS[rest]}` : `${TENS[ten]}-${UNITS[rest]}`
}

/** Two by two, as French people say telephone numbers: "zéro six, trente-neuf". */
const pairs = (digits: string) => (digits.match(/\d{1,2}/g) ?? []).map(pair).join(', ')
const pair = (digits: string) =>
  digits.startsWith('0') ? [...digits].map((digit) => UNITS[Number(digit)]).join(' ') : frenchNumber(Number(digits))

/** Feminine, as hours are. */
const hours = (hour: number) =>
  `${hour === 1 ? 'une' : hour === 21 ? 'vingt et une' : hour} heure${hour > 1 ? 's' : ''}`

/** "Le mardi 12 mars", "À 14 heures": a value as the beginning of a sentence. */
function asSentence(value: string, type: SlotType): string {
  const article = type === 'Date' || type === 'Phone' ? 'le ' : type === 'Time' ? 'à ' : ''
  const text = article + value
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const frenchPhrases: Phrases = {
  notHeard: "Je n'ai rien entendu.",
  notUnderstood: "Je n'ai pas compris.",
  onlyKeys: 'Tapez votre réponse sur les touches de votre téléphone.',
  again: "D'accord, reprenons.",
  takeYourTime: 'Prenez votre temps.',
  fallback: 'Je vous mets en relation avec une personne. Restez en ligne.',
  apology: 'Je suis désolé, je ne peux pas continuer. Merci de rappeler plus tard. Au revoir.',
  confirm: (value, type) => `${asSentence(value, type)}, c'est bien ça ?`,
  confirmByKeys: (value, type) => `${asSentence(value, type)}. Si c'est juste, tapez 1. Sinon, tapez 2.`,
  confirmTyped: (digits) =>
    digits === undefined
      ? 'Votre réponse est bien arrivée. Pour continuer, tapez 1. Pour recommencer, tapez 2.'
      : `Vous avez tapé ${digits} chiffre${digits > 1 ? 's' : ''}. Si c'est juste, tapez 1. Sinon, tapez 2.`,
  typedNotPossible: "Cette réponse n'est pas possible.",
  notPossible: (value, type) => `${asSentence(value, type)}, ce n'est pas possible.`,
  yes: 'oui',
  no: 'non',
  date(day, today) {
    const { year, month, day: date, weekday } = partsOf(day)
    const isFar = Math.abs(day - today) > YEAR_FROM_DAYS
    return `${WEEKDAYS[weekday]} ${date === 1 ? 'premier' : date} ${MONTHS[month - 1]}${isFar ? ` ${year}` : ''}`
  },
  time(hour, minute) {
    if (hour === 0 && minute === 0) return 'minuit'
    if (hour === 12 && minute === 0) return 'midi'
    if (hour === 0) return `minuit ${minute}`
    return minute === 0 ? hours(hour) : `${hours(hour)} ${minute}`
  },
  amount(units, cents, currency) {
    const name = CURRENCIES[currency] ?? currency
    const whole = `${units} ${name}${units > 1 ? 's' : ''}`
    return cents === 0 ? whole : `${whole} ${cents}`
  },
  digits: pairs,
  phone: (number) => (number.startsWith('+') ? `plus ${pairs(number.slice(1))}` : pairs(number)),
}
