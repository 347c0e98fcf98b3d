import {
  accept,
  askAgain,
  type QuestionContext,
  fail,
  handleCallerIntent,
  type HeardEvent,
  onAnswerKey,
} from './answers.ts'
import { askConfirmation, keysOf } from './questions.ts'
import { parseContextOf } from './prepared-flow.ts'
import { parseAnswer } from './slots/parse-answer.ts'
import type { ParsedAnswer } from './slots/parsed-answer.ts'
import { guessYesNo, polesOf } from './slots/yes-no.ts'
import type { ConversationTransition } from './types.ts'

/** How often a caller may answer "is that right?" with neither before the question itself is asked again. */
const MOST_UNCLEAR = 2

/** "Is that right?" was answered: yes, no, another value, or nothing that tells. */
export function onConfirmationHeard(asking: QuestionContext, { text }: HeardEvent): ConversationTransition {
  const { script, state, ask } = asking
  const pending = state.pending!
  if (ask.keys === 'Only') return unclear(asking)
  const poles = polesOf(text, script.language)
  if (poles.length > 0 && poles.every((pole) => pole === 'yes')) return accept(asking, pending)
  const wished = handleCallerIntent(asking, text)
  if (wished !== undefined) return wished
  const other = otherValue(asking, text)
  if (other?.value === pending) return poles.includes('no') ? unclear(asking) : accept(asking, pending)
  // "Non, c'est le treize": the new value is confirmed in its turn where every one is.
  if (other?.certainty === 'Sure') {
    return ask.confirm === 'Always' ? again(asking, other.value) : accept(asking, other.value)
  }
  if (poles.includes('no')) return other === undefined ? deny(asking) : again(asking, other.value)
  const guess = guessYesNo(text, script.language)
  if (guess === 'yes') return accept(asking, pending)
  if (guess === 'no') return deny(asking)
  return other === undefined ? unclear(asking) : again(asking, other.value)
}

/** Another value in the answer to a confirmation. Free text is never one: anything would be. */
function otherValue({ script, ask, now }: QuestionContext, text: string): ParsedAnswer | undefined {
  if (ask.slot.type === 'FreeText' || ask.slot.type === 'YesNo') return undefined
  const understood = parseAnswer(ask.slot, text, parseContextOf(script, now))
  return understood?.certainty === 'Refused' ? undefined : understood
}

/** One key: 1 is yes, 2 is no, another digit begins a new answer. */
export function onConfirmationKey(asking: QuestionContext, key: string): ConversationTransition {
  const { state, ask } = asking
  if (key === '1') return accept(asking, state.pending!)
  if (key === '2') return deny(asking)
  if (key === '#' || key === '*' || keysOf(ask) === 'Refused') return [state, []]
  const asked = { ...state, waitsFor: 'Answer', typed: '', pending: undefined } as const
  return onAnswerKey({ ...asking, state: asked }, key)
}

/** Silence is no yes: the bot asks once more, then asks the question itself again. */
export function onConfirmationSilence(asking: QuestionContext): ConversationTransition {
  return asking.state.unclear > 0 ? fail(asking, 'noInput') : unclear(asking)
}

/** "No": the question again. */
const deny = (asking: QuestionContext): ConversationTransition => askAgain(asking, asking.script.language.phrases.again)

const unclear = (asking: QuestionContext): ConversationTransition => again(asking, asking.state.pending!)

function again(asking: QuestionContext, value: string): ConversationTransition {
  const { script, state, ask, now } = asking
  if (state.unclear >= MOST_UNCLEAR) return fail(asking, 'noMatch')
  return askConfirmation(script, { ...state, unclear: state.unclear + 1 }, ask, value, now)
}
