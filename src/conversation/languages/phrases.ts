import type { SlotType } from '../../rules/flow/flow.ts'
import type { CivilDay } from './grammar.ts'

/** What the bot says by itself, and how it speaks the values that it collected. */
export interface Phrases {
  /** Before the question is asked again. */
  readonly notHeard: string
  readonly notUnderstood: string
  /** An answer by voice where only keys are taken. */
  readonly onlyKeys: string
  /** After a "no" to a confirmation. */
  readonly again: string
  /** What the caller hears who asked to wait. */
  readonly takeYourTime: string
  /** Before the emergency number, when the bot gives none of its own. */
  readonly fallback: string
  /** Before hanging up when the emergency number isn't meant for the cause. */
  readonly apology: string
  readonly confirm: (value: string, type: SlotType) => string
  /** The same where yes and no come by keys alone. */
  readonly confirmByKeys: (value: string, type: SlotType) => string
  /**
   * The same where keys are Only, and so nobody else may hear the answer: it is not repeated. `digits`: how many the caller typed, if it is
   * digits that were asked for.
   */
  readonly confirmTyped: (digits: number | undefined) => string
  readonly notPossible: (value: string, type: SlotType) => string
  /** Such an answer that is out of bounds. */
  readonly typedNotPossible: string
  readonly yes: string
  readonly no: string
  readonly date: (day: CivilDay, today: CivilDay) => string
  /** `hour` 0 to 23. */
  readonly time: (hour: number, minute: number) => string
  /** `currency` as ISO 4217 has it. */
  readonly amount: (units: number, cents: number, currency: string) => string
  /** A row of digits, in groups that one can write along. */
  readonly digits: (digits: string) => string
  /** National significant number with its trunk prefix, or an international one after "+". */
  readonly phone: (number: string) => string
}
