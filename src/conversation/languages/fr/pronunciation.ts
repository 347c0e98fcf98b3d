import { runTogether, soundOfWord, type SoundRules } from '../pronunciation.ts'

/*
 * How French words sound, one sign for each sound, coarse on purpose: recognisers take words apart and put them together
 * again, so only the row of sounds is left of what was said ("rendez-vous" came back as "votre dent vous").
 */

/** Spelling to sound, tried in this order at each place. Capitals are nasal vowels: A (an), I (in), O (on). S is "ch", U is "ou", N is "gn". */
const RULES: SoundRules = [
  // Endings that are not heard.
  [/(?:aient|oient)$/y, 'e'],
  [/(?:ents|ent)$/y, 'A'],
  [/(?:er|ers|ez|ed|et|ets|es)$/y, 'e'],
  [/tion/y, 'siO'],
  [/(?:eaux|eau|aux|au)/y, 'o'],
  [/oeu|oe|eu/y, 'e'],
  [/oin/y, 'waI'],
  [/(?:ain|ein|aim|eim)(?![aeiouynm])/y, 'I'],
  [/ien(?![aeiouynm])/y, 'iI'],
  [/(?:en|em|an|am)(?![aeiouynm])/y, 'A'],
  [/(?:in|im|yn|ym|un|um)(?![aeiouynm])/y, 'I'],
  [/(?:on|om)(?![aeiouynm])/y, 'O'],
  [/ou/y, 'U'],
  [/(?:oi|oy)/y, 'wa'],
  [/(?:ai|ei|ay|ey)/y, 'e'],
  [/ill/y, 'i'],
  [/ph/y, 'f'],
  [/(?:sch|sh|ch)/y, 'S'],
  [/gn/y, 'N'],
  [/gu(?=[eiy])/y, 'g'],
  [/ge(?=[ao])/y, 'j'],
  [/g(?=[eiy])/y, 'j'],
  [/(?:qu|cqu|q)/y, 'k'],
  [/sc(?=[eiy])/y, 's'],
  [/c(?=[eiy])/y, 's'],
  [/c/y, 'k'],
  [/ss/y, 's'],
  [/(?<=[aeiouy])s(?=[aeiouy])/y, 'z'],
  [/th/y, 't'],
  [/h/y, ''],
  [/y/y, 'i'],
  [/w/y, 'w'],
  [/x(?=.)/y, 'ks'],
  // A last consonant is mostly silent, and so is a last e but in je, de, le, que.
  [/(?:ts|ds|ps|cs|es|s|t|d|p|x|z|(?<=[a-z]{3})e)$/y, ''],
]

/** The sounds of one folded word. */
export const soundOfFrenchWord = (word: string): string => (/^\d+$/.test(word) ? word : soundOfWord(RULES, word))

/** The sounds of several words, run together, each double one once. */
export const soundOfFrench = (words: readonly string[]): string => runTogether(words.map(soundOfFrenchWord))
