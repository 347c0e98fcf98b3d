import { isRun, wordsOf } from '../languages/tokens.ts'
import type { Language } from '../languages/language.ts'
import { alike } from './sound-similarity.ts'
import { sure, unsure, type ParsedAnswer } from './parsed-answer.ts'

/** Every "yes" and "no" in an answer, in order. */
export function polesOf(text: string, { yesNo }: Language): ('yes' | 'no')[] {
  const words = wordsOf(text)
  const phrases = [
    ...yesNo.yes.map((run) => ({ pole: 'yes' as const, run })),
    ...yesNo.no.map((run) => ({ pole: 'no' as const, run })),
    ...yesNo.neither.map((run) => ({ pole: undefined, run })),
  ].sort((a, b) => b.run.length - a.run.length)
  const poles: ('yes' | 'no')[] = []
  for (let at = 0; at < words.length;) {
    const phrase = phrases.find(({ run }) => isRun(words, at, run))
    if (phrase?.pole !== undefined) poles.push(phrase.pole)
    at += phrase?.run.split(' ').length ?? 1
  }
  return poles
}

/** Yes or no, in any of their spoken forms. Both at once say nothing. What only sounds like one of them is unsure. */
export function understandYesNo(text: string, language: Language): ParsedAnswer | undefined {
  const poles = polesOf(text, language)
  const [first] = poles
  if (first !== undefined) return poles.every((pole) => pole === first) ? sure(first) : undefined
  const guess = guessYesNo(text, language) ?? soundedYesNo(text, language)
  return guess && unsure(guess)
}

/** A yes or no that a recogniser wrote as another word, or ran together with the next one. */
export function guessYesNo(text: string, { yesNo }: Language): 'yes' | 'no' | undefined {
  const words = wordsOf(text)
  const [whole, begins] = [words.join(' '), words[0] ?? '']
  if (yesNo.soundsLikeYes.includes(whole) || yesNo.beginsLikeYes.test(begins)) return 'yes'
  return yesNo.soundsLikeNo.includes(whole) || yesNo.beginsLikeNo.test(begins) ? 'no' : undefined
}

/** Likeness of the whole answer to a way of saying it. */
const ALIKE = 0.72

/** "N'oseme" for non, jamais: too weak a sign to go by where a yes decides, good enough to ask back. */
function soundedYesNo(text: string, { yesNo, soundOf }: Language): 'yes' | 'no' | undefined {
  const sound = soundOf(wordsOf(text))
  const likeness = (phrases: readonly string[]) => Math.max(...phrases.map((phrase) => alike(phrase, sound)))
  const [yes, no] = [likeness(yesNo.yesSounds), likeness(yesNo.noSounds)]
  if (Math.max(yes, no) < ALIKE || yes === no) return undefined
  return yes > no ? 'yes' : 'no'
}
