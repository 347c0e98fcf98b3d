const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
/** `[` and `{`, `]` and `}` differ in this bit alone. */
const BRACE = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** More than any message of ours has: 10,000 policies of `sweep` have 150,000. */
const MOST_VALUES = 250_000

/**
 * Whether lists and objects of a JSON text stand in each other on more than `most` levels, or it has more than 250,000 values. JSON.parse
 * takes a tenth of a second for half a million levels, and as long for a million empty lists; this looks at each character once, and at none
 * after the level or the value too many.
 */
export function isTooMuchJson(json: string, most: number): boolean {
  let level = 0
  let values = 0
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) isText = !isText
    else if (isText) at += code === BACKSLASH ? 1 : 0
    else if (code === COMMA) values++
    else if ((code | BRACE) === OPENING) {
      values++
      if (++level > most) return true
    } else if ((code | BRACE) === CLOSING) level--
    if (values > MOST_VALUES) return true
  }
  return false
}
