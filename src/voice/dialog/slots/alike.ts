/** How far apart two sounds are, from 0 to 1: those of one class are often taken for each other on the telephone. */
const CLASSES = [
  'bp',
  'dt',
  'gkq',
  'fv',
  'szSjC',
  'TfsT',
  'mnN',
  'lr',
  'eiy',
  'aA',
  'oOuU',
  'eI',
  'wvU',
  'aeo',
  'uei',
  'AOI',
  'iI',
]
const VOWELS = new Set('aeiouyAIOUw')

const WITHIN_CLASS = 0.4
const VOWEL_FOR_VOWEL = 0.7
/** A vowel more or less changes a word less than a consonant does. */
const VOWEL_GAP = 0.6

function substitution(a: string, b: string): number {
  if (a === b) return 0
  if (CLASSES.some((each) => each.includes(a) && each.includes(b))) return WITHIN_CLASS
  return VOWELS.has(a) && VOWELS.has(b) ? VOWEL_FOR_VOWEL : 1
}

const gap = (sound: string) => (VOWELS.has(sound) ? VOWEL_GAP : 1)

/**
 * How much of `part` can be heard somewhere in `whole`, from 0 to 1 (1: all of it, sound by sound). Approximate matching
 * after Sellers: what stands before and after the best place in `whole` costs nothing.
 */
export function heardIn(part: string, whole: string): number {
  if (part === '') return 0
  let before = new Array<number>(whole.length + 1).fill(0)
  let most = 0
  for (const sound of part) {
    most += gap(sound)
    const now = [before[0]! + gap(sound)]
    for (let at = 1; at <= whole.length; at++) {
      const other = whole[at - 1]!
      now[at] = Math.min(
        before[at - 1]! + substitution(sound, other),
        before[at]! + gap(sound),
        now[at - 1]! + gap(other),
      )
    }
    before = now
  }
  return 1 - Math.min(...before) / most
}

/** How much two rows of sounds are the same one, from 0 to 1. */
export const alike = (one: string, other: string): number => Math.min(heardIn(one, other), heardIn(other, one))
