import type { Slot } from '../../rules/flow/flow.ts'
import type { Language } from '../languages/language.ts'
import { isRun, wordsOf } from '../languages/tokens.ts'
import { heardIn } from './sound-similarity.ts'
import { sure, unsure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'

type Option = NonNullable<Slot['choices']>[number]

/**
 * At least so much of a phrase must be heard for a choice by sound, the more the shorter it is, and so much more than of any
 * other. Found with what whisper-base wrote for 21 answers at 8 kHz, clean and in noise at 12 dB: 21 and 14 were right, and 9 of
 * 282 other utterances were taken for one (to be confirmed). The same with talisman 1.1.4's sonnex: 20, 8 and 6; with bare
 * letters: 20, 11 and 12.
 */
const HEARD_ENOUGH: readonly (readonly [sounds: number, share: number])[] = [
  [4, 0.85],
  [Infinity, 0.7],
]
const HEARD_MORE = 0.08
/** Fewer sounds than these are found in anything. */
const FEWEST_SOUNDS = 3
/** Of an answer: who talks for longer has said it by then, or is not found by sound. 400 phrases are compared with it. */
const MOST_SOUNDS = 100

/** A phrase of the author's, taken apart once and not for each answer. */
interface Phrase {
  readonly words: readonly string[]
  readonly run: string
  /** Without small words. */
  readonly meant: readonly string[]
  readonly sound: string
}

const prepared = new WeakMap<Option, readonly Phrase[]>()

function phrasesOf(option: Option, { small, soundOf }: Language): readonly Phrase[] {
  const known = prepared.get(option)
  if (known !== undefined) return known
  const phrases = option.phrases.map((phrase) => {
    const words = wordsOf(phrase)
    const meant = words.filter((word) => !small.has(word))
    return { words, run: words.join(' '), meant, sound: soundOf(meant.length > 0 ? meant : words) }
  })
  prepared.set(option, phrases)
  return phrases
}

/** One of several answers: by its words, by what matters of them, else by how they sound. */
export function understandChoice(
  text: string,
  options: readonly Option[],
  hearing: ParseContext,
): ParsedAnswer | undefined {
  const { language } = hearing
  const words = wordsOf(text)
  if (words.length === 0) return undefined
  const possible = options.filter((option) => !isRuledOut(words, option, language))
  const left = possible.length === 0 ? options : possible
  const named =
    best(left, (option) => longest(option, language, (phrase) => wordsIn(words, phrase))) ??
    best(left, (option) => longest(option, language, (phrase) => meaningIn(words, phrase)))
  if (named !== undefined) return isRivalled(words, named, left, language) ? unsure(named.value) : sure(named.value)
  const sound = language.soundOf(words).slice(0, MOST_SOUNDS)
  const [first, second] = byOrder(left, (option) => longest(option, language, (phrase) => soundIn(sound, phrase)))
  if (first === undefined || first.score === 0) return undefined
  if (second !== undefined && first.score - second.score < HEARD_MORE) return undefined
  return unsure(first.option.value)
}

/**
 * What is left of the answer names or sounds like another option: "le matin ou l'après-midi", "s'amuler mon rendez-vous". Then
 * the one that was found is only likely.
 */
function isRivalled(words: readonly string[], named: Option, options: readonly Option[], language: Language): boolean {
  const said = new Set(phrasesOf(named, language).flatMap((phrase) => phrase.words))
  const left = words.filter((word) => !said.has(word))
  const sound = language.soundOf(left.filter((word) => !language.small.has(word))).slice(0, MOST_SOUNDS)
  return options.some(
    (option) =>
      option !== named &&
      longest(option, language, (phrase) => Math.max(wordsIn(left, phrase), soundIn(sound, phrase))) > 0,
  )
}

const longest = (option: Option, language: Language, score: (phrase: Phrase) => number) =>
  Math.max(...phrasesOf(option, language).map(score))

const byOrder = (options: readonly Option[], score: (option: Option) => number) =>
  options.map((option) => ({ option, score: score(option) })).sort((a, b) => b.score - a.score)

/** The option with the highest score, if it is above nothing and alone there. */
function best(options: readonly Option[], score: (option: Option) => number): Option | undefined {
  const [first, second] = byOrder(options, score)
  return first !== undefined && first.score > 0 && first.score > (second?.score ?? 0) ? first.option : undefined
}

/** How many letters of the answer are this phrase, word by word: the longer phrase says more than the shorter one in it. */
const wordsIn = (words: readonly string[], phrase: Phrase): number =>
  words.some((_, at) => isRun(words, at, phrase.run)) ? phrase.words.join('').length : 0

/** How much the answer says of the phrase when small words are left out: "prendre rendez-vous" is "prendre un rendez-vous". */
const meaningIn = (words: readonly string[], { meant }: Phrase): number =>
  meant.length > 0 && meant.every((word) => words.includes(word)) ? meant.join('').length : 0

function soundIn(whole: string, { sound }: Phrase): number {
  if (sound.length < FEWEST_SOUNDS) return 0
  const score = heardIn(sound, whole)
  const enough = HEARD_ENOUGH.find(([sounds]) => sound.length <= sounds)![1]
  return score < enough ? 0 : score
}

/** "Pas le matin": what comes right after a "not" isn't chosen. */
function isRuledOut(words: readonly string[], option: Option, language: Language): boolean {
  return phrasesOf(option, language).some(({ run }) => {
    const at = words.findIndex((_, index) => isRun(words, index, run))
    if (at < 1) return false
    const before = language.small.has(words[at - 1]!) ? words[at - 2] : words[at - 1]
    return language.not.has(before ?? '')
  })
}
