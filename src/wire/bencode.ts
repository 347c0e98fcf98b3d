/** Bencoding, which rtpengine's control protocol uses: i42e, 4:text, l...e, d...e (BEP 3). A text has one character for each octet (Latin-1). */
export type Bencoded = number | string | readonly Bencoded[] | { readonly [name: string]: Bencoded }

/** Deeper than any answer that we ask for. */
const MOST_DEPTH = 16
const DIGITS = /(-?\d{1,16})[e:]/y

/** Reads one value that fills the text, in linear time. Undefined: it is none. */
export function decodeBencode(text: string): Bencoded | undefined {
  const first = readFirst(text)
  return first?.end === text.length ? first.value : undefined
}

/** Reads the value at the beginning of a text. @returns with where the next one begins; undefined: it is none, or it is cut off */
export function readFirst(text: string): { value: Bencoded; end: number } | undefined {
  const reader = { text, at: 0 }
  const value = read(reader, 0)
  return value === undefined ? undefined : { value, end: reader.at }
}

/** Writes a value whose numbers are whole; the names of a dictionary stand in their own order, which rtpengine does not mind. */
export function encodeBencode(value: Bencoded): string {
  if (typeof value === 'number') return `i${value}e`
  if (typeof value === 'string') return `${value.length}:${value}`
  if (isList(value)) return `l${value.map(encodeBencode).join('')}e`
  const entries = Object.entries(value).map(([name, each]) => encodeBencode(name) + encodeBencode(each))
  return `d${entries.join('')}e`
}

export const isDictionary = (value: Bencoded | undefined): value is { readonly [name: string]: Bencoded } =>
  typeof value === 'object' && !isList(value)

const isList = (value: Bencoded): value is readonly Bencoded[] => Array.isArray(value)

interface Reader {
  readonly text: string
  at: number
}

function read(reader: Reader, depth: number): Bencoded | undefined {
  const { text } = reader
  switch (text[reader.at]) {
    case 'i':
      reader.at++
      return number(reader, 'e')
    case 'l':
      return depth < MOST_DEPTH ? list(reader, depth) : undefined
    case 'd': {
      const items = depth < MOST_DEPTH ? list(reader, depth) : undefined
      return items && dictionary(items)
    }
    default:
      return octets(reader)
  }
}

function list(reader: Reader, depth: number): Bencoded[] | undefined {
  const items: Bencoded[] = []
  reader.at++
  while (reader.text[reader.at] !== 'e') {
    const item = read(reader, depth + 1)
    if (item === undefined) return undefined
    items.push(item)
  }
  reader.at++
  return items
}

function dictionary(items: readonly Bencoded[]): Bencoded | undefined {
  if (items.length % 2 !== 0) return undefined
  const entries: [string, Bencoded][] = []
  for (let at = 0; at < items.length; at += 2) {
    const [name, value] = [items[at]!, items[at + 1]!]
    if (typeof name !== 'string') return undefined
    entries.push([name, value])
  }
  return Object.fromEntries(entries)
}

function octets(reader: Reader): string | undefined {
  const length = number(reader, ':')
  if (length === undefined || length < 0 || reader.at + length > reader.text.length) return undefined
  const text = reader.text.slice(reader.at, reader.at + length)
  reader.at += length
  return text
}

function number(reader: Reader, end: 'e' | ':'): number | undefined {
  DIGITS.lastIndex = reader.at
  const [found, digits] = DIGITS.exec(reader.text) ?? []
  if (found === undefined || !found.endsWith(end)) return undefined
  reader.at += found.length
  return Number(digits)
}
