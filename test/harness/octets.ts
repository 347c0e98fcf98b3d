/** Searching files for what must not be in them, in the encodings that programs write text in. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const pairs = (digits: string) => digits.match(/../g) ?? []

/** A text of digits in many encodings, by their names. */
export function encodings(text: string): Map<string, Buffer> {
  const octets = Buffer.from(text)
  const wide = Buffer.from(text, 'utf16le')
  // Three places within a group of base64; its first and last characters also depend on what surrounds the text.
  const base64 = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), octets]).toString('base64')
    return all.slice(before === 0 ? 0 : before + 1, -4)
  })
  const written = {
    ...{ 'UTF-8': octets, 'UTF-16 little': wide, 'UTF-16 big': Buffer.from(wide).swap16() },
    ...{ 'base64 at 0': base64[0]!, 'base64 at 1': base64[1]!, 'base64 at 2': base64[2]! },
    ...{ hex: octets.toString('hex') },
    percent: pairs(octets.toString('hex'))
      .map((pair) => `%${pair}`)
      .join(''),
    escapes: [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    octal: [...octets].map((one) => `\\${one.toString(8).padStart(3, '0')}`).join(''),
    reversed: Buffer.from(octets).reverse(),
    spaced: [...text].join(' '),
    'packed digits': Buffer.from(text, 'hex'),
    'swapped digits': Buffer.from(
      pairs(text)
        .map((pair) => `${pair[1]}${pair[0]}`)
        .join(''),
      'hex',
    ),
  }
  return new Map(Object.entries(written).map(([name, value]) => [name, Buffer.from(value)]))
}

/** Names of what stands in any file below a folder, in order. Needles are in memory of this process, never in an argument. */
export function found(folder: string, needles: ReadonlyMap<string, Buffer>): string[] {
  const hits = new Set<string>()
  for (const name of globSync('**/*', { cwd: folder })) {
    const file = join(folder, name)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue
    const octets = readFileSync(file)
    for (const [what, needle] of needles) if (octets.includes(needle)) hits.add(what)
  }
  return [...hits].toSorted()
}
