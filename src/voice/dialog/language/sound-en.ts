/* How English words sound, one sign for each sound, coarse on purpose; vowels count for little in how they are spelt. */

/** Spelling to sound, tried in this order at each place. S is "sh", T is "th", C is "tch". */
const RULES: readonly (readonly [spelling: RegExp, sound: string])[] = [
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
export function soundOfEnglishWord(word: string): string {
  let sounds = ''
  for (let at = 0; at < word.length;) {
    const rule = RULES.find(([spelling]) => ((spelling.lastIndex = at), spelling.test(word)))
    const taken = rule === undefined ? 1 : rule[0].lastIndex - at
    sounds += rule === undefined ? word[at]! : rule[1]
    at += Math.max(1, taken)
  }
  return sounds
}

/** The sounds of several words, run together, each double one once. */
export const soundOfEnglish = (words: readonly string[]): string =>
  words
    .map(soundOfEnglishWord)
    .join('')
    .replaceAll(/(.)\1+/g, '$1')
