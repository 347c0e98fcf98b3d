/** A sentence is long enough to have a melody of its own and short enough to be there soon; longer ones are cut at a comma or a space. */
const LONGEST = 220
/** Shorter ones go with the next: a lone "Bonjour." sounds clipped, and costs a start of its own. */
const SHORTEST = 12

/** The sentences of a text, in order; joined by spaces they are the text again, but for its white space. */
export function sentencesOf(text: string): string[] {
  const whole = text.replace(/\s+/g, ' ').trim()
  if (whole === '') return []
  const cut = whole.split(/(?<=[.!?…]["»”)]?)\s+(?=["«“(]?[\p{Lu}\p{N}¿¡])/u).flatMap(shorten)
  return cut.reduce<string[]>((done, sentence) => {
    const last = done.at(-1)
    if (last !== undefined && last.length < SHORTEST && last.length + sentence.length < LONGEST) {
      return [...done.slice(0, -1), `${last} ${sentence}`]
    }
    return [...done, sentence]
  }, [])
}

function shorten(sentence: string): string[] {
  if (sentence.length <= LONGEST) return [sentence]
  const room = sentence.slice(0, LONGEST)
  const at = [room.lastIndexOf('; '), room.lastIndexOf(', '), room.lastIndexOf(' ')].find((each) => each > LONGEST / 3)
  // A word of such a length is no word: it is cut where it is.
  const end = at === undefined ? LONGEST : at + 1
  return [sentence.slice(0, end).trim(), ...shorten(sentence.slice(end).trim())]
}
