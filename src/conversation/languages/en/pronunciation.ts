import { runTogether, soundOfWord, type SoundRules } from '../pronunciation.ts'

/* How English words sound, one sign for each sound, coarse on purpose; vowels count for little in how they are spelt. */

/** Spelling to sound, tried in this order at each place. S is "sh", T is "th", C is "tch". */
const RULES: SoundRules = [
  [/(?:kn|gn|pn)(?<=^..)/y, 'n'],
  [/wr(?<=^..)/y, 'r'],
  [/(?:tion|sion)/y, 'Sen'],
  [/(?:tch|ch)/y, 'C'],
  [/(?:sh|sch)/y, 'S'],
  [/th/y, 'T'],
  [/ph/y, 'f'],
  [/igh/y, 'i'],
  [/gh/y, ''],
  [/ck/y, 'k'],
  [/dge/y, 'j'],
  [/qu/y, 'kw'],
  [/x/y, 'ks'],
  [/c(?=[eiy])/y, 's'],
  [/c/y, 'k'],
  [/g(?=[eiy])/y, 'j'],
  [/(?:ee|ea|ie|ei)/y, 'i'],
  [/(?:oo|ou|ew|ue)/y, 'u'],
  [/(?:ai|ay|ey)/y, 'e'],
  [/(?:oa|ow|aw|au)/y, 'o'],
  [/z/y, 's'],
  [/y$/y, 'i'],
  [/y/y, 'i'],
  [/h(?![aeiou])/y, ''],
  [/e$/y, ''],
]

/** The sounds of one folded word. */
export const soundOfEnglishWord = (word: string): string => soundOfWord(RULES, word)

/** The sounds of several words, run together, each double one once. */
export const soundOfEnglish = (words: readonly string[]): string => runTogether(words.map(soundOfEnglishWord))
