import type { Language } from './languages/language.ts'
import { isRun, wordsOf } from './languages/tokens.ts'

/** What callers may want at any question, beside answering it. */
export type CallerIntent = 'Person' | 'Repeat' | 'Wait'

/** More words than this around a wish, and it is part of a longer story. */
const MOST_WORDS = 14

/** A wish, if the utterance is one. Repeat and Wait have to be all of it: "un instant" is no wish in "un instantané". */
export function callerIntentIn(text: string, { intents, small }: Language): CallerIntent | undefined {
  const words = wordsOf(text)
  if (words.length > MOST_WORDS) return undefined
  if (intents.person.some((run) => words.some((_, at) => isRun(words, at, run)))) return 'Person'
  const isAll = (run: string) => {
    const at = words.findIndex((_, index) => isRun(words, index, run))
    if (at === -1) return false
    const others = [...words.slice(0, at), ...words.slice(at + run.split(' ').length)]
    return others.every((word) => small.has(word) || word === 'vous' || word === 'sorry')
  }
  if (intents.repeat.some(isAll)) return 'Repeat'
  return intents.wait.some(isAll) ? 'Wait' : undefined
}
