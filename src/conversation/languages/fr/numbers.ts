import { type Numerals, readFigures, type SpokenNumber, written } from '../spoken-number.ts'

/*
 * French numbers. fr-compromise 0.2.8 was tried first: it adds up what is said in a row ("zéro six trente-neuf" gives
 * 45), loses leading zeros, and doesn't know septante and nonante.
 */

const UNITS: Numerals = {
  un: 1,
  une: 1,
  deux: 2,
  trois: 3,
  quatre: 4,
  cinq: 5,
  six: 6,
  sept: 7,
  huit: 8,
  neuf: 9,
  dix: 10,
  onze: 11,
  douze: 12,
  treize: 13,
  quatorze: 14,
  quinze: 15,
  seize: 16,
}
const TENS: Numerals = {
  vingt: 20,
  vingts: 20,
  trente: 30,
  quarante: 40,
  cinquante: 50,
  soixante: 60,
  septante: 70,
  huitante: 80,
  octante: 80,
  nonante: 90,
}
/** After these the count goes on to nineteen: soixante-dix-sept, quatre-vingt-douze. */
const LONG_TENS = new Set([60, 80])

export const FRENCH_MONTHS = [
  ['janvier'],
  ['fevrier'],
  ['mars'],
  ['avril'],
  ['mai'],
  ['juin'],
  ['juillet'],
  ['aout'],
  ['septembre'],
  ['octobre'],
  ['novembre'],
  ['decembre'],
]

/** 1 to 19; dix-sept to dix-neuf are two words. */
function upToNineteen(tokens: readonly string[], at: number): SpokenNumber | undefined {
  const first = UNITS[tokens[at] ?? '']
  if (first === undefined) return undefined
  const second = UNITS[tokens[at + 1] ?? '']
  if (first === 10 && second !== undefined && second >= 7 && second <= 9) return written(10 + second, at + 2)
  return written(first, at + 1)
}

function tens(tokens: readonly string[], at: number): SpokenNumber | undefined {
  const isFourTwenties = tokens[at] === 'quatre' && TENS[tokens[at + 1] ?? ''] === 20
  if (isFourTwenties) return written(80, at + 2)
  const ten = TENS[tokens[at] ?? '']
  return ten === undefined ? undefined : written(ten, at + 1)
}

/** 1 to 99. */
function belowHundred(tokens: readonly string[], at: number): SpokenNumber | undefined {
  const ten = tens(tokens, at)
  if (ten === undefined) return upToNineteen(tokens, at)
  const isJoined = tokens[ten.end] === 'et'
  const rest = upToNineteen(tokens, isJoined ? ten.end + 1 : ten.end)
  // "vingt et un" and "soixante et onze" have "et"; "vingt et deux" are two numbers.
  const fits = rest !== undefined && (LONG_TENS.has(ten.value) ? rest.value < 20 : rest.value < 10)
  if (!fits || (isJoined && rest.value !== 1 && rest.value !== 11)) return ten
  return written(ten.value + rest.value, rest.end)
}

const isHundred = (token: string | undefined) => token === 'cent' || token === 'cents'

function belowThousand(tokens: readonly string[], at: number): SpokenNumber | undefined {
  if (isHundred(tokens[at])) return hundredsAnd(tokens, 100, at + 1)
  const first = belowHundred(tokens, at)
  // Up to nineteen hundred: "dix-neuf cent quatre-vingt-cinq" is a year.
  if (first !== undefined && first.value < 20 && isHundred(tokens[first.end])) {
    return hundredsAnd(tokens, first.value * 100, first.end + 1)
  }
  return first
}

function hundredsAnd(tokens: readonly string[], hundreds: number, at: number): SpokenNumber {
  const rest = belowHundred(tokens, at)
  return rest === undefined ? written(hundreds, at) : written(hundreds + rest.value, rest.end)
}

/** 0 to 999,999, in words, in figures, or mixed ("2 mille"). */
export function readFrenchNumber(tokens: readonly string[], at: number): SpokenNumber | undefined {
  if (tokens[at] === 'zero') return { value: 0, digits: '0', end: at + 1 }
  const first = readFigures(tokens, at) ?? (tokens[at] === 'mille' ? written(1, at) : belowThousand(tokens, at))
  if (first === undefined || tokens[first.end] !== 'mille') return first
  const rest = belowThousand(tokens, first.end + 1)
  return rest === undefined
    ? written(first.value * 1000, first.end + 1)
    : written(first.value * 1000 + rest.value, rest.end)
}
