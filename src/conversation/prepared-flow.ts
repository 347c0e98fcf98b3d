import { type Ask, type FlowStep, type Flow, secretFieldsOf, type SlotType, startOf } from '../rules/flow/flow.ts'
import { dayCounter } from './languages/calendar.ts'
import type { Language } from './languages/language.ts'
import type { CivilDay } from './languages/grammar.ts'
import { countryOf, languageOf, timeZoneOf } from './languages/languages.ts'
import { speakText, speakValue } from './spoken-values.ts'
import type { ParseContext } from './slots/parsed-answer.ts'
import type { ConversationContext } from './types.ts'

/** A dialog, made ready to be played: one for each version of a bot, shared by its calls. */
export interface Script {
  readonly start: string
  readonly steps: ReadonlyMap<string, FlowStep>
  readonly language: Language
  readonly country: string
  /** The day at a moment (epoch milliseconds), where the bot is at home. */
  readonly dayAt: (now: number) => CivilDay
  readonly fallback: ConversationContext['fallback']
  /** Whether a field is asked for with sensitivity Secret, anywhere in the flow. */
  readonly isSecret: (field: string) => boolean
  /** The kind of value under a name; undefined for what an operation brought. */
  readonly typeOf: (field: string) => SlotType | undefined
}

/** Expects a flow that `checkFlow` finds no error in; one with errors ends in the emergency number where it breaks. */
export function prepareFlow(flow: Flow, context: ConversationContext): Script {
  const country = countryOf(context.language)
  const types = new Map<string, SlotType>()
  const secrets = secretFieldsOf(flow)
  for (const { ask, llm } of flow.steps) {
    if (ask !== undefined) types.set(ask.field, ask.slot.type)
    for (const { field, type } of llm?.collects ?? []) if (!types.has(field)) types.set(field, type)
  }
  return {
    start: startOf(flow),
    steps: new Map(flow.steps.map((step) => [step.name, step])),
    language: languageOf(context.language),
    country,
    dayAt: dayCounter(context.timeZone ?? timeZoneOf(country)),
    fallback: context.fallback,
    isSecret: (field) => secrets.has(field),
    typeOf: (field) => types.get(field),
  }
}

/** What answers are read by. `now` in epoch milliseconds. */
export const parseContextOf = ({ language, country, dayAt }: Script, now: number): ParseContext => ({
  language,
  country,
  today: dayAt(now),
})

/** A text of the flow as it is to be spoken now. */
export const spoken = (
  script: Script,
  text: string,
  collected: Readonly<Record<string, string>>,
  now: number,
): string => (text.includes('{') ? speakText(text, collected, script.typeOf, parseContextOf(script, now)) : text)

/** The value of an answer, for the caller to confirm: a choice by the first of its phrases. */
export function spokenAnswer(script: Script, { slot }: Ask, value: string, now: number): string {
  const phrase = slot.choices?.find((each) => each.value === value)?.phrases[0]
  return phrase ?? speakValue(value, slot.type, parseContextOf(script, now))
}

/** All that the bot may say, in the order of the flow, `{field}` as it is written; its standard sentences come last. */
export function textsOf(script: Script): string[] {
  const { phrases } = script.language
  const ofFlow = [...script.steps.values()].flatMap(textsOfStep)
  const standard = [phrases.notHeard, phrases.notUnderstood, phrases.onlyKeys, phrases.again, phrases.takeYourTime]
  const last = [script.fallback.say ?? phrases.fallback, phrases.apology]
  return [...new Set([...ofFlow, ...standard, ...last])]
}

/** Those of them that are always the same. */
export const promptsOf = (script: Script): string[] => textsOf(script).filter((text) => !text.includes('{'))

function textsOfStep({ say, ask, request, transfer, hangUp }: FlowStep): string[] {
  const ofAsk = ask === undefined ? [] : [ask.text, ...ask.reprompts, ask.noInput?.say, ask.noMatch?.say]
  const texts = [say?.text, ...ofAsk, request?.holdText, transfer?.say, hangUp?.say]
  return texts.filter((text) => text !== undefined)
}
