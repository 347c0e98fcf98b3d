import type { Language } from '../languages/language.ts'
import type { Place } from '../languages/grammar.ts'

/**
 * What was made of an answer. `Sure`: in so many words. `Unsure`: by sound, by guess, or one of two readings; a bot that
 * confirms WhenUnsure asks back. `Refused`: understood, but outside of the limits of the slot.
 */
export type Understood =
  | { readonly certainty: 'Sure' | 'Unsure'; readonly value: string }
  | { readonly certainty: 'Refused'; readonly value: string }

/** What a slot needs to read an answer. `country` decides how national numbers are read. */
export interface Hearing extends Place {
  readonly language: Language
}

export const sure = (value: string): Understood => ({ certainty: 'Sure', value })
export const unsure = (value: string): Understood => ({ certainty: 'Unsure', value })
