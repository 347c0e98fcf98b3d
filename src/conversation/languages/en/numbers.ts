import { type Numerals, readFigures, type SpokenNumber, written } from '../spoken-number.ts'

const UNITS: Numerals = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
}
const TENS: Numerals = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fourty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
}
const ZEROS = new Set(['zero', 'oh', 'o', 'nought', 'nil'])

/** 1 to 99. */
function belowHundred(tokens: readonly string[], at: number): SpokenNumber | undefined {
  const ten = TENS[tokens[at] ?? '']
  if (ten === undefined) {
    const unit = UNITS[tokens[at] ?? '']
    return unit === undefined ? undefined : written(unit, at + 1)
  }
  const unit = UNITS[tokens[at + 1] ?? '']
  return unit !== undefined && unit < 10 ? written(ten + unit, at + 2) : written(ten, at + 1)
}

function belowThousand(tokens: readonly string[], at: number): SpokenNumber | undefined {
  const isBare = (tokens[at] === 'a' || tokens[at] === 'an') && tokens[at + 1] === 'hundred'
  const first = isBare ? written(1, at + 1) : belowHundred(tokens, at)
  if (first === undefined || first.value > 99 || tokens[first.end] !== 'hundred') return first
  const after = first.end + 1
  const rest = belowHundred(tokens, tokens[after] === 'and' ? after + 1 : after)
  return rest === undefined ? written(first.value * 100, after) : written(first.value * 100 + rest.value, rest.end)
}

/** 0 to 999,999, in words, in figures, or mixed. "Oh" is a zero, as in telephone numbers. */
export function readEnglishNumber(tokens: readonly string[], at: number): SpokenNumber | undefined {
  if (ZEROS.has(tokens[at] ?? '')) return { value: 0, digits: '0', end: at + 1 }
  const isBare = tokens[at] === 'a' && tokens[at + 1] === 'thousand'
  const first = readFigures(tokens, at) ?? (isBare ? written(1, at + 1) : belowThousand(tokens, at))
  if (first === undefined || tokens[first.end] !== 'thousand') return first
  const after = first.end + 1
  const rest = belowThousand(tokens, tokens[after] === 'and' ? after + 1 : after)
  return rest === undefined ? written(first.value * 1000, after) : written(first.value * 1000 + rest.value, rest.end)
}
