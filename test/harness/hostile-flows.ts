import { LONGEST_FLOW } from '../../src/api/flow-text.ts'

type Fill = (pattern: (index: number) => string, before?: string, after?: string) => string

/** A text of a length, made of a pattern again and again. */
const filler =
  (most: number): Fill =>
  (pattern, before = '', after = '') => {
    const parts: string[] = []
    const room = most - before.length - after.length
    for (let length = 0, index = 0; ; index++) {
      const part = pattern(index)
      length += part.length
      if (length > room) return before + parts.join('') + after
      parts.push(part)
    }
  }

/** What a reader of YAML may have trouble with, each as long as a dialog may be. */
export const hostileTexts = (length = LONGEST_FLOW): Readonly<Record<string, string>> => textsBy(filler(length))

const textsBy = (fill: Fill): Record<string, string> => ({
  'many keys in a map': fill((index) => `k${index}: 1\n`),
  'many keys in a map in one line': fill((index) => `k${index},`, '{', '}'),
  'the same key again and again': fill(() => 'a: 1\n'),
  'lists in lists': fill(() => '['),
  'maps in maps': fill(() => '{a: '),
  'lists in lists, by lines': fill(() => '- '),
  'deep indentation': fill((index) => `${' '.repeat(index)}a:\n`),
  'a long word': fill(() => 'x', 'a: '),
  'a long text of many lines': fill(() => 'b\n', 'a: "', '"'),
  'many faults': fill(() => '"'),
  'many directives': fill(() => '%a\n'),
  'many comments': fill(() => '# a\n'),
  'nothing but ends of lines': fill(() => '\n'),
  'many documents': fill(() => '---\n'),
  'many tags': fill(() => "- !!a ''\n"),
  'many anchors': fill((index) => `- &a${index} 1\n`),
  'many aliases': fill(() => '- *a\n', '- &a 1\n'),
  'a billion laughs': [
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`),
    'steps: *a9',
  ].join('\n'),
  'merge keys': fill(() => '- {<<: *a}\n', '- &a {b: 1}\n'),
  'keys that are no texts': fill(() => '? [a]\n'),
  'many steps': fill((index) => `{name: a${index}},`, 'steps: [', ']'),
  'many unknown fields': fill((index) => `u${index}: 1, `, 'steps: [{name: a, ', '}]'),
  'steps that are no steps': fill(() => '1,', 'steps: [', ']'),
})
