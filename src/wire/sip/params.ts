import { quotedEnd, skipSpace, tokenEnd } from './grammar.ts'

/** A parameter of a header field: the name in lower case, the value as written (a quoted string with its quotes). */
export type Param = readonly [name: string, value?: string]

/** Reads `;name=value;name` from `from` to the end of the text (RFC 3261 25.1, generic-param). Undefined: malformed. */
export function parseParams(text: string, from: number): readonly Param[] | undefined {
  const params: Param[] = []
  let at = skipSpace(text, from)
  while (at < text.length) {
    if (text.charCodeAt(at) !== 0x3b) return undefined
    const start = skipSpace(text, at + 1)
    const end = tokenEnd(text, start)
    if (end === start) return undefined
    const name = text.slice(start, end).toLowerCase()
    at = skipSpace(text, end)
    if (text.charCodeAt(at) !== 0x3d) {
      params.push([name])
      continue
    }
    const valueStart = skipSpace(text, at + 1)
    const valueEnd = endOfValue(text, valueStart)
    if (valueEnd <= valueStart) return undefined
    params.push([name, text.slice(valueStart, valueEnd)])
    at = skipSpace(text, valueEnd)
  }
  return params
}

/** gen-value = token / host / quoted-string; a host may be an IPv6 address, with brackets or without (RFC 5118 4.5). */
function endOfValue(text: string, from: number): number {
  if (text.charCodeAt(from) === 0x22) return quotedEnd(text, from)
  let at = from
  for (;;) {
    at = tokenEnd(text, at)
    const code = text.charCodeAt(at)
    if (code !== 0x5b && code !== 0x5d && code !== 0x3a) return at
    at++
  }
}

/** The value of a parameter; the empty string for one without value; undefined if it is missing. */
export function param(params: readonly Param[], name: string): string | undefined {
  for (const [key, value] of params) if (key === name) return value ?? ''
  return undefined
}

/** `;name=value` for each, as they go behind a header field's value. */
export function writeParams(params: readonly Param[]): string {
  let text = ''
  for (const [name, value] of params) text += value === undefined ? `;${name}` : `;${name}=${value}`
  return text
}
