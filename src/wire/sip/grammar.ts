// RFC 3261 25.1, on text whose folding is already undone: linear white space is SP and HTAB here.

const TOKEN = new Uint8Array(128)
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") {
  TOKEN[letter.charCodeAt(0)] = 1
}

/** Where the token that begins at `from` ends; `from` itself if there is none. */
export function tokenEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && TOKEN[text.charCodeAt(at)] === 1) at++
  return at
}

export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length
}

/** The first place at or after `from` that isn't white space. */
export function skipSpace(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x09) return at
    at++
  }
}

/** Without SP and HTAB at both ends. `trim()` takes other characters too, which are part of the value (RFC 4475 3.1.1.2). */
export function trimSpace(text: string): string {
  const start = skipSpace(text, 0)
  let end = text.length
  while (end > start && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x09)) end--
  return text.slice(start, end)
}

/** The place after the closing quote of the quoted string that begins at `from`; -1 if it never closes. */
export function quotedEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at + 1
  }
  return -1
}

/** The text that a quoted string stands for. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1)
  return inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner
}

/** Splits a list at its commas (RFC 3261 7.3.1), not at those within quotes or angle brackets; undefined if a quote or bracket never closes. */
export function splitList(text: string): string[] | undefined {
  if (!text.includes(',')) return [text]
  const items: string[] = []
  let start = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      at = quotedEnd(text, at)
      if (at < 0) return undefined
      continue
    }
    if (code === 0x3c) {
      at = text.indexOf('>', at)
      if (at < 0) return undefined
    } else if (code === 0x2c) {
      items.push(trimSpace(text.slice(start, at)))
      start = at + 1
    }
    at++
  }
  items.push(trimSpace(text.slice(start)))
  return items
}
