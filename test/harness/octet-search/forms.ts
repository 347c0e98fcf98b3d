/** The ways in which programs write a text: each is a row of octets to search for. */
import type { Pattern } from './matcher.ts'

/** Names of forms, as tables and evidence have them. */
export type Forms = Readonly<Record<string, readonly (Buffer | { octets: Buffer; any: number })[]>>

const utf16 = (text: string, isBig: boolean) => {
  const octets = Buffer.from(text, 'utf16le')
  return isBig ? octets.swap16() : octets
}

const utf32 = (text: string) =>
  Buffer.concat(
    [...text].map((each) => {
      const octets = Buffer.alloc(4)
      octets.writeUInt32LE(each.codePointAt(0)!)
      return octets
    }),
  )

/** Each octet as two digits of base 16, between these. */
const eachOctet = (octets: Buffer, before: string, between = '', isUpper = false) => {
  const digits = octets.toString('hex').match(/../g)!
  return Buffer.from(digits.map((each) => before + (isUpper ? each.toUpperCase() : each)).join(between))
}

const eachUnit = (text: string, write: (code: number) => string) =>
  Buffer.from(Array.from({ length: text.length }, (_, index) => write(text.charCodeAt(index))).join(''))

const fourDigits = (code: number) => code.toString(16).padStart(4, '0')

/** What is the same of base64 whatever surrounds the text, for each place in a group of three octets where it may begin. */
function base64Cores(octets: Buffer, encoding: 'base64' | 'base64url'): Buffer[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift, 'x'), octets])
      .toString(encoding)
      .replaceAll('=', '')
    const whole = Math.floor(((shift + octets.length) * 8) / 6)
    return Buffer.from(encoded.slice(Math.ceil((shift * 8) / 6), whole))
  })
}

/** PostgreSQL's pglz keeps what is new as it is, with an octet of flags between every eight items: where it may stand in the text. */
function splitByFlags(octets: Buffer): { octets: Buffer; any: number }[] {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((any) => {
    const part = octets.subarray(0, any + 8)
    return { octets: Buffer.concat([part.subarray(0, any), Buffer.alloc(1), part.subarray(any)]), any }
  })
}

/** Of any text. @param text at least eleven characters, so that nothing else looks like it */
export function formsOfText(text: string): Forms {
  const plain = Buffer.from(text)
  const reversed = Buffer.from([...text].reverse().join(''))
  return {
    'UTF-8': [plain, Buffer.from(text.toLowerCase()), Buffer.from(text.toUpperCase())],
    'UTF-8, decomposed': [Buffer.from(text.normalize('NFD'))],
    'Latin-1': [Buffer.from(text, 'latin1')],
    'UTF-16LE': [utf16(text, false)],
    'UTF-16BE': [utf16(text, true)],
    'UTF-32LE': [utf32(text)],
    percent: [eachOctet(plain, '%'), eachOctet(plain, '%', '', true), Buffer.from(encodeURIComponent(text))],
    base64: base64Cores(plain, 'base64'),
    base64url: base64Cores(plain, 'base64url'),
    'base64 of UTF-16LE': base64Cores(utf16(text, false), 'base64'),
    'hex, lower case': [eachOctet(plain, '')],
    'hex, upper case': [eachOctet(plain, '', '', true)],
    'hex, separated': [' ', ':', ', 0x', ','].flatMap((by) => [
      eachOctet(plain, '', by),
      eachOctet(plain, '', by, true),
    ]),
    'hex, escaped': [eachOctet(plain, '\\x'), eachOctet(plain, '\\x', '', true)],
    'JSON escapes': [
      eachUnit(text, (code) => `\\u${fourDigits(code)}`),
      eachUnit(text, (code) => `\\u${fourDigits(code).toUpperCase()}`),
      eachUnit(text, (code) => (code < 128 ? String.fromCharCode(code) : `\\u${fourDigits(code)}`)),
    ],
    'quoted-printable': [eachOctet(plain, '=', '', true)],
    'HTML entities': [
      eachUnit(text, (code) => `&#${code};`),
      eachUnit(text, (code) => `&#x${code.toString(16)};`),
      eachUnit(text, (code) => `&#x${code.toString(16).toUpperCase()};`),
    ],
    'decimal octets': [', ', ',', ' '].map((by) => Buffer.from([...plain].join(by))),
    'octal escapes': [Buffer.from([...plain].map((octet) => `\\${octet.toString(8).padStart(3, '0')}`).join(''))],
    reversed: [reversed],
    pglz: splitByFlags(plain),
  }
}

const WORDS = {
  fr: ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'],
  en: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
}

/** Groups of so many digits, for each place where the first group may begin; whole groups only. */
const grouped = (digits: string, size: number, by: string) =>
  Array.from({ length: size }, (_, phase) =>
    digits
      .slice(phase)
      .match(new RegExp(`.{${size}}`, 'g'))!
      .join(by),
  )

/** Of a row of digits: as people, telephones and people who write forms group and say them, too. */
export function formsOfDigits(digits: string): Forms {
  const separators = [' ', '-', '.', '%20', '+', ', ', ',', '","', '", "', '\n', '/']
  const said = Object.values(WORDS).flatMap((words) =>
    [' ', ', ', '-', '. '].map((by) => [...digits].map((digit) => words[Number(digit)]!).join(by)),
  )
  return {
    ...formsOfText(digits),
    grouped: separators.flatMap((by) => [4, 3, 2, 1].flatMap((size) => grouped(digits, size, by).map(bufferOf))),
    'spoken digits': said.flatMap((each) => [Buffer.from(each), Buffer.from(each, 'latin1'), utf16(each, false)]),
    'DTMF events': [Buffer.from([...digits].map(Number)), Buffer.from(new Uint32Array([...digits].map(Number)).buffer)],
  }
}

const bufferOf = (text: string) => Buffer.from(text)

/** Patterns of one canary; the same octets in two forms are one pattern, of the first. */
export function patternsOf(canary: string, forms: Forms): Pattern[] {
  const known = new Map<string, Pattern>()
  for (const [form, all] of Object.entries(forms)) {
    for (const each of all) {
      const pattern = Buffer.isBuffer(each) ? { octets: each } : each
      const key = `${pattern.octets.toString('hex')} ${'any' in pattern ? pattern.any : ''}`
      if (!known.has(key)) known.set(key, { ...pattern, name: `${canary}/${form}` })
    }
  }
  return [...known.values()]
}
