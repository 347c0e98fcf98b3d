/** Texts that cost most to read: a search that begins again at each character, or a reader that nests. Each has a name for a failing test. */
export type Shapes = Readonly<Record<string, (length: number) => string>>

export const repeated = (pattern: string, length: number) =>
  pattern.repeat(Math.max(1, Math.floor(length / pattern.length)))

const PATTERNS = [
  ...['\n', '\r\n', '\r', ' ', '\t', '\0', '\u2028', ' \n', '\n ', 'a ', 'a\n'],
  ...['a', 'A', '0', '9', 'é', '\ud800', '1.', '9,', '12 '],
  ...['/', ':', '::', ';', '=', ',', '.', '-', '_', '@', '%', '%41', '+', '~', '|', '"', "'", '\\', '\\"', '`', '```'],
  ...['[', '(', '{', '<', '*', '♪', ']', ')', '}', '>', '{{', '[(', '{a', '(a', '[a', '<a', '*a', '{a}', '(a)'],
  ...['. ', ', ', 'a. ', 'a, ', 'a; ', 'Ab. ', '?!', '…'],
]

/** Each pattern to the end, and once more with a last character that no pattern ends with: only then does a search that fails begin again. */
export const shapesOf = (patterns: readonly string[]): Shapes =>
  Object.fromEntries(
    patterns.flatMap((pattern) => {
      const name = JSON.stringify(pattern)
      return [
        [name, (length: number) => repeated(pattern, length)],
        [`${name}, then an end`, (length: number) => `${repeated(pattern, length - 1)}!`],
      ]
    }),
  )

export const TEXTS: Shapes = {
  ...shapesOf(PATTERNS),
  'openers and closers': (length) => `${repeated('(', length / 2)}${repeated(')', length / 2)}`,
  'brackets in brackets': (length) => `${repeated('[{(', length / 2)}${repeated(')}]', length / 2)}`,
}

export const JSONS: Shapes = {
  'lists in lists': (length) => repeated('[', length / 2) + repeated(']', length / 2),
  'objects in objects': (length) => `${repeated('{"a":', length / 7)}1${repeated('}', length / 7)}`,
  'many members': (length) => `{${Array.from({ length: length / 11 }, (_, index) => `"${index}":1`).join(',')}}`,
  'one text': (length) => JSON.stringify('x'.repeat(length - 2)),
  'many escapes': (length) => `"${repeated('\\u0041', length - 2)}"`,
  numbers: (length) => `[${repeated('1e9,', length - 3)}1]`,
  'empty lists': (length) => `[${repeated('[],', length - 4)}[]]`,
  spaces: (length) => ' '.repeat(length),
}

/** The longest beginning of the text that is no longer than `octets` in JSON, in its quotation marks. */
export function fitting(text: string, octets: number): string {
  const longest = octets - 2
  const share = Math.min(1, longest / Math.max(1, Buffer.byteLength(JSON.stringify(text)) - 2))
  let cut = text.slice(0, Math.floor(text.length * share))
  while (Buffer.byteLength(JSON.stringify(cut)) > octets) cut = cut.slice(0, -8)
  return cut
}
