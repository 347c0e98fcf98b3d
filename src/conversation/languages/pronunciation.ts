/** Spelling to sound, tried in this order at each place; the patterns are sticky. */
export type SoundRules = readonly (readonly [spelling: RegExp, sound: string])[]

/** The sounds of one folded word: a letter that no rule takes stands for itself. */
export function soundOfWord(rules: SoundRules, word: string): string {
  let sounds = ''
  for (let at = 0; at < word.length;) {
    const rule = rules.find(([spelling]) => ((spelling.lastIndex = at), spelling.test(word)))
    const taken = rule === undefined ? 1 : rule[0].lastIndex - at
    sounds += rule === undefined ? word[at]! : rule[1]
    at += Math.max(1, taken)
  }
  return sounds
}

/** The sounds of several words, run together, each double one once. */
export const runTogether = (sounds: readonly string[]): string => sounds.join('').replaceAll(/(.)\1+/g, '$1')
