/** Lower case, no accents, ligatures and typographic apostrophes resolved: what a recogniser writes in many ways. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .replaceAll(/[’‘`´]/g, "'")
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
}

/** Half a minute of speech. What comes after it in an answer is not looked at: a recogniser may write without end. */
const MOST_CHARACTERS = 500

/**
 * The words, runs of digits, and the few signs that mean something in numbers, dates and sums. Hyphens and apostrophes
 * part words ("quatre-vingt", "l'après-midi"); a figure parts from the letters beside it ("14h30").
 */
export const tokensOf = (text: string): string[] =>
  fold(text.slice(0, MOST_CHARACTERS)).match(/[a-z]+|\d+|[/:.,+%€£$]/g) ?? []

/** The words and runs of digits alone. */
export const wordsOf = (text: string): string[] => fold(text.slice(0, MOST_CHARACTERS)).match(/[a-z]+|\d+/g) ?? []

export const isFigures = (token: string | undefined): token is string => token !== undefined && /^\d+$/.test(token)

export type Tokens = readonly string[]

/** The words of `run`, parted by spaces, stand in the tokens from `at` on. */
export const isRun = (tokens: Tokens, at: number, run: string): boolean =>
  run.startsWith(tokens[at] ?? ' ') && run.split(' ').every((word, index) => tokens[at + index] === word)
