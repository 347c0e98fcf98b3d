/**
 * What goes in and out of a dialog. Words only, no sound: what the caller did comes in as events, what the bot shall do
 * goes out as effects, and the state between is plain JSON.
 */
import type { CallbotSpec } from '../api/callbot.ts'
import type { Cause, Model, SlotType } from '../rules/flow/flow.ts'

/** What a dialog needs of its bot. */
export interface ConversationContext {
  /** Such as fr-FR: it decides words, dates, and how national telephone numbers are read. */
  readonly language: string
  readonly fallback: Pick<CallbotSpec['fallback'], 'causes' | 'say'>
  /** IANA name; "tomorrow" depends on it. Absent: that of the country's capital. */
  readonly timeZone?: string
}

/** What is known of a call, and which of it may leave the bot. */
export interface Held {
  /** Answers, values of operations and of models. They may be spoken. */
  readonly collected: Readonly<Record<string, string>>
  /** Answers with sensitivity Secret, by field: for the inputs of operations alone. */
  readonly secrets: Readonly<Record<string, string>>
  /** Names of the values that may leave the bot: those of the policy by which the call began, less what a tighter one has taken away since. */
  readonly collect: readonly string[]
}

/** What happened. */
export type ConversationEvent =
  /** The caller said something. `confidence` from 0 to 1; absent when the recogniser gives none. Empty text: a noise. */
  | { readonly type: 'Heard'; readonly text: string; readonly confidence?: number }
  /** One key of the telephone: 0 to 9, * or #. */
  | { readonly type: 'Key'; readonly key: string }
  /** Nothing came within the `noInputSeconds` of the last Listen. */
  | { readonly type: 'NoInput' }
  /** The outcome that the operation declares, or Failed, with what came back. */
  | { readonly type: 'OperationEnded'; readonly outcome: string; readonly output: Readonly<Record<string, string>> }
  /** Nobody took the call. When somebody did, the dialog is over and needs no event. */
  | { readonly type: 'TransferFailed' }
  /** What the language model said, collected, and the exit that it picked, if any. */
  | {
      readonly type: 'ModelAnswered'
      readonly say?: string
      readonly collected?: Readonly<Record<string, string>>
      readonly exit?: string
    }
  | { readonly type: 'ModelFailed' }
  /** A watchdog barked: the caller or the bot has been silent too long, or a part of the bot failed. */
  | { readonly type: 'Trouble'; readonly cause: Cause }
  /** The policy of the bot is another. What it does not list does not leave the bot any more; what only it lists is for calls to come. */
  | { readonly type: 'PolicyChanged'; readonly collect: readonly string[] }

export interface Say {
  readonly type: 'Say'
  /** As it is to be spoken: nothing is left to be replaced. */
  readonly text: string
  readonly bargeIn: 'Allowed' | 'Refused'
  /** Name of the step. */
  readonly step: string
}

export interface Listen {
  readonly type: 'Listen'
  readonly step: string
  readonly slot: SlotType
  /** Only: the caller's voice must not be sent to a recogniser. Refused: keys are dropped. */
  readonly keys: 'Allowed' | 'Only' | 'Refused'
  /** Counted from the end of what is being said, and again from each Listen. */
  readonly noInputSeconds: number
  /** The longest utterance. */
  readonly maxSeconds: number
  /** Words that are likely, for recognisers that take a prompt. */
  readonly hints: readonly string[]
}

export interface AskModel {
  readonly type: 'AskModel'
  readonly step: string
  readonly instructions: string
  readonly collects: Model['collects']
  readonly exits: Model['exits']
  /** The talk within this step, oldest first. Empty: the model speaks first. */
  readonly turns: readonly Turn[]
}

export interface Turn {
  readonly role: 'Caller' | 'Bot'
  readonly text: string
}

/** What the bot is to wait for, or how it ends. */
export type Wait =
  | Listen
  | AskModel
  /** At once, while what was said before is still being spoken. */
  | {
      readonly type: 'RequestOperation'
      readonly step: string
      readonly integration: string
      readonly operation: string
      readonly input: Readonly<Record<string, string>>
      /** To be said when the answer takes longer than about a second. */
      readonly holdText?: string
    }
  /** When all that was said is spoken. */
  | {
      readonly type: 'Transfer'
      readonly step: string
      readonly integration: string
      readonly to: string
      readonly method: 'Bridge' | 'Refer'
      /** Collected values, by field. */
      readonly handOver: Readonly<Record<string, string>>
      readonly ringSeconds: number
    }
  /** The emergency number, when all that was said is spoken. */
  | { readonly type: 'Fallback'; readonly step: string; readonly cause: Cause }
  /** When all that was said is spoken. */
  | { readonly type: 'HangUp'; readonly step: string }

/** Zero or more Say, then exactly one Wait. Or none at all: the event meant nothing, and what was waited for still is. */
export type Effect = Say | Wait

/** Where a dialog stands. Plain JSON; it holds what the caller said, so it is kept in memory only. */
export interface ConversationState extends Held {
  readonly step: string
  /** Ended: HangUp, Transfer that was answered, or Fallback. */
  readonly waitsFor: 'Answer' | 'Confirmation' | 'Operation' | 'Transfer' | 'Model' | 'ModelTurn' | 'Nothing'
  /** How often nothing usable came in this step. */
  readonly failures: number
  /** Keys of an answer that is not complete. */
  readonly typed: string
  /** Confirmation: the value that awaits a yes. */
  readonly pending?: string
  /** Confirmation: how often neither yes nor no came. */
  readonly unclear: number
  /** How often the question was said again because the caller asked for it, or because the bot had misheard. */
  readonly repeats: number
  /** Model: what was said in this step. */
  readonly turns: readonly Turn[]
}

/** A state and what is to be done about it. */
export type ConversationTransition = readonly [state: ConversationState, effects: readonly Effect[]]
