import { isRun, wordsOf } from '../language/tokens.ts'
import type { Language } from '../language/language.ts'
import { sure, unsure, type Understood } from './understood.ts'

/** Every "yes" and "no" in an answer, in order. */
export function polesOf(text: string, { yesNo }: Language): ('yes' | 'no')[] {
  const words = wordsOf(text)
  const ways = [
    ...yesNo.yes.map((run) => ({ pole: 'yes' as const, run })),
    ...yesNo.no.map((run) => ({ pole: 'no' as const, run })),
  ].sort((a, b) => b.run.length - a.run.length)
  const poles: ('yes' | 'no')[] = []
  for (let at = 0; at < words.length;) {
    const way = ways.find(({ run }) => isRun(words, at, run))
    if (way !== undefined) poles.push(way.pole)
    at += way?.run.split(' ').length ?? 1
  }
  return poles
}

/** Yes or no, in any of their spoken forms. Both at once say nothing. */
export function understandYesNo(text: string, language: Language): Understood | undefined {
  const poles = polesOf(text, language)
  const [first] = poles
  if (first !== undefined) {
    if (poles.every((pole) => pole === first)) return sure(first)
    return undefined
  }
  const whole = wordsOf(text).join(' ')
  if (language.yesNo.soundsLikeYes.includes(whole)) return unsure('yes')
  return language.yesNo.soundsLikeNo.includes(whole) ? unsure('no') : undefined
}
