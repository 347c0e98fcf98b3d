/** Sounds that are often taken for each other on the telephone. */
const CLASSES = 'bp dt gkq fv szSjC fsT mnN lr eiy aA oOuU eI wvU aeo uei AOI iI'.split(' ')
const VOWELS = 'aeiouyAIOUw'

const WITHIN_CLASS = 0.4
const VOWEL_FOR_VOWEL = 0.7
/** A vowel more or less changes a word less than a consonant does. */
const VOWEL_GAP = 0.6

/** Sounds are ASCII letters and digits, so tables answer what would else be asked a million times for one choice of many. */
const SIZE = 128
const gaps = new Float64Array(SIZE).fill(1)
const costs = new Float64Array(SIZE * SIZE).fill(1)
for (const a of VOWELS) {
  gaps[a.charCodeAt(0)] = VOWEL_GAP
  for (const b of VOWELS) costs[a.charCodeAt(0) * SIZE + b.charCodeAt(0)] = VOWEL_FOR_VOWEL
}
for (const each of CLASSES) {
  for (const a of each) for (const b of each) costs[a.charCodeAt(0) * SIZE + b.charCodeAt(0)] = WITHIN_CLASS
}
for (let code = 0; code < SIZE; code++) costs[code * SIZE + code] = 0

/**
 * How much of `part` can be heard somewhere in `whole`, from 0 to 1 (1: all of it, sound by sound). Approximate matching
 * after Sellers: what stands before and after the best place in `whole` costs nothing.
 */
export function heardIn(part: string, whole: string): number {
  if (part === '') return 0
  let before = new Float64Array(whole.length + 1)
  let now = new Float64Array(whole.length + 1)
  let most = 0
  for (let row = 0; row < part.length; row++) {
    const sound = part.charCodeAt(row)
    const gap = gaps[sound]!
    most += gap
    now[0] = before[0]! + gap
    for (let at = 1; at <= whole.length; at++) {
      const other = whole.charCodeAt(at - 1)
      const changed = before[at - 1]! + costs[sound * SIZE + other]!
      now[at] = Math.min(changed, before[at]! + gap, now[at - 1]! + gaps[other]!)
    }
    ;[before, now] = [now, before]
  }
  return 1 - Math.min(...before) / most
}

/** How much two rows of sounds are the same one, from 0 to 1. */
export const alike = (one: string, other: string): number => Math.min(heardIn(one, other), heardIn(other, one))
