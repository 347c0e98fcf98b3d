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
