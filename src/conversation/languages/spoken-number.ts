/** A number as it was said: where it ends in the tokens, what it is, and the digits that someone would write down for it. */
export interface SpokenNumber {
  readonly value: number
  /** "06" keeps its zero, and so does "zéro". */
  readonly digits: string
  /** Index of the token after it. */
  readonly end: number
}

/** Reads the longest number that begins at `at`; undefined when none does. */
export type ReadNumber = (tokens: readonly string[], at: number) => SpokenNumber | undefined

/** One word of a number and what it stands for. */
export type Numerals = Readonly<Record<string, number>>

export const written = (value: number, end: number): SpokenNumber => ({ value, digits: String(value), end })

/** A run of figures, as recognisers write most numbers. */
export function readFigures(tokens: readonly string[], at: number): SpokenNumber | undefined {
  const token = tokens[at]
  if (token === undefined || !/^\d{1,15}$/.test(token)) return undefined
  return { value: Number(token), digits: token, end: at + 1 }
}
