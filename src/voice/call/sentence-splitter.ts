/**
 * Splits what is to be said into sentences, each to be rendered by itself: the first is heard while the others are being rendered, and one
 * that never changes is rendered once for all calls.
 */
export function sentencesOf(text: string): string[] {
  const plain = text.replace(/\s+/g, ' ').trim()
  return plain === '' ? [] : plain.split(BOUNDARY)
}

/** After the mark that ends a sentence, before a capital: not within "M. Dupont", "n° 4." or "10 h. 30". French puts a space before ? and !. */
const BOUNDARY = /(?<=[\p{L}\d»"}]{2}(?:\.|…|[ \u00a0\u202f]?[?!]))\s+(?=[\p{Lu}«"¿¡])/u

/** A sentence that is at least so long begins to sound sooner when it is rendered in two parts, characters. */
const WORTH_PARTING = 60
/** The second part is rendered while the first one sounds, and is no shorter than a clause. */
const FIRST_PART = 1 / 3
const SHORTEST_PART = 12

/** A sentence that a caller waits for, parted at a comma where that brings its beginning forward; else whole. */
export function partsOf(sentence: string): readonly [string] | readonly [first: string, rest: string] {
  if (sentence.length < WORTH_PARTING) return [sentence]
  const comma = sentence.indexOf(', ', Math.ceil(sentence.length * FIRST_PART))
  if (comma < 0 || sentence.length - comma < SHORTEST_PART) return [sentence]
  return [sentence.slice(0, comma + 1), sentence.slice(comma + 2)]
}
