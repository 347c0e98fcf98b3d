import { accept, askAnew, type Asking, fail, grantWish, type Heard, onAnswerKey } from './answers.ts'
import { askConfirmation, keysOf } from './questions.ts'
import { hearingOf } from './prepared-flow.ts'
import { understand } from './slots/parse-answer.ts'
import type { Understood } from './slots/parsed-answer.ts'
import { guessYesNo, polesOf } from './slots/yes-no.ts'
import type { Move } from './types.ts'

/** How often a caller may answer "is that right?" with neither before the question itself is asked again. */
const MOST_UNCLEAR = 2

/** "Is that right?" was answered: yes, no, another value, or nothing that tells. */
export function onConfirmationHeard(asking: Asking, { text }: Heard): Move {
  const { script, state, ask } = asking
  const pending = state.pending!
  if (ask.keys === 'Only') return unclear(asking)
  const poles = polesOf(text, script.language)
  if (poles.length > 0 && poles.every((pole) => pole === 'yes')) return accept(asking, pending)
  const wished = grantWish(asking, text)
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
function otherValue({ script, ask, now }: Asking, text: string): Understood | undefined {
  if (ask.slot.type === 'FreeText' || ask.slot.type === 'YesNo') return undefined
  const understood = understand(ask.slot, text, hearingOf(script, now))
  return understood?.certainty === 'Refused' ? undefined : understood
}

/** One key: 1 is yes, 2 is no, another digit begins a new answer. */
export function onConfirmationKey(asking: Asking, key: string): Move {
  const { state, ask } = asking
  if (key === '1') return accept(asking, state.pending!)
  if (key === '2') return deny(asking)
  if (key === '#' || key === '*' || keysOf(ask) === 'Refused') return [state, []]
  const asked = { ...state, waitsFor: 'Answer', typed: '', pending: undefined } as const
  return onAnswerKey({ ...asking, state: asked }, key)
}

/** Silence is no yes: the bot asks once more, then asks the question itself again. */
export function onConfirmationSilence(asking: Asking): Move {
  return asking.state.unclear > 0 ? fail(asking, 'noInput') : unclear(asking)
}

/** "No": the question again. */
const deny = (asking: Asking): Move => askAnew(asking, asking.script.language.phrases.again)

const unclear = (asking: Asking): Move => again(asking, asking.state.pending!)

function again(asking: Asking, value: string): Move {
  const { script, state, ask, now } = asking
  if (state.unclear >= MOST_UNCLEAR) return fail(asking, 'noMatch')
  return askConfirmation(script, { ...state, unclear: state.unclear + 1 }, ask, value, now)
}
