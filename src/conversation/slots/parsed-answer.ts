import type { Language } from '../languages/language.ts'
import type { ReadingContext } from '../languages/grammar.ts'

/**
 * What was made of an answer. `Sure`: in so many words. `Unsure`: by sound, by guess, or one of two readings; a bot that
 * confirms WhenUnsure asks back. `Refused`: understood, but outside of the limits of the slot.
 */
export type ParsedAnswer =
  | { readonly certainty: 'Sure' | 'Unsure'; readonly value: string }
  | { readonly certainty: 'Refused'; readonly value: string }

/** What a slot needs to read an answer. `country` decides how national numbers are read. */
export interface ParseContext extends ReadingContext {
  readonly language: Language
}

export const sure = (value: string): ParsedAnswer => ({ certainty: 'Sure', value })
export const unsure = (value: string): ParsedAnswer => ({ certainty: 'Unsure', value })
