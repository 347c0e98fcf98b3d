import type { Attribute, Connection, Origin, Sdp, SdpMedia } from './sdp.ts'

/** Not SDP. The text is ours and goes into a Warning header. */
export interface SdpFault {
  readonly kind: 'fault'
  readonly because: string
}

/** What a description may have at most. One of an audio call has some 30 lines. */
const limits = { octets: 16_384, lines: 400, media: 16, formats: 64 }

/** Lines that a section may have, by their letter (RFC 8866 5). Their order is not held against a caller: it changes no meaning. */
const sessionLetters = 'vosiuepcbtrzka'
const mediaLetters = 'micbka'

/** Lines that must not be there twice. */
const ONCE = 'vos'

/** All but the tab. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

class Malformed extends Error {}

/** Reads a session description. Never throws. */
export function readSdp(octets: Uint8Array): Sdp | SdpFault {
  try {
    return read(linesOf(octets))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { kind: 'fault', because: error.message }
  }
}

interface Line {
  readonly letter: string
  readonly value: string
}

function linesOf(octets: Uint8Array): Line[] {
  if (octets.length > limits.octets) throw new Malformed('the session description is too long')
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('utf8')
  // A lone LF ends a line, too: RFC 8866 5 asks readers to take it.
  const texts = text.split(/\r?\n/)
  // RFC 8866 9 allows them in a few values, where another reader may end a line or the whole text at one.
  if (texts.some((line) => CONTROL.test(line))) throw new Malformed('a control octet is in it')
  if (texts.at(-1) === '') texts.pop()
  if (texts.length > limits.lines) throw new Malformed('the session description has too many lines')
  return texts.map((line) => {
    if (line.length < 2 || line[1] !== '=') throw new Malformed('a line is not of the form x=')
    return { letter: line[0]!, value: line.slice(2) }
  })
}

function read(lines: readonly Line[]): Sdp {
  const starts = lines.flatMap(({ letter }, at) => (letter === 'm' ? [at] : []))
  if (starts.length > limits.media) throw new Malformed('there are too many media')
  const session = lines.slice(0, starts[0] ?? lines.length)
  checkLetters(session, sessionLetters)
  if (session[0]?.letter !== 'v' || session[0].value !== '0') throw new Malformed('it does not begin with v=0')
  if (session[1]?.letter !== 'o') throw new Malformed('o= is missing')
  if (session[2]?.letter !== 's') throw new Malformed('s= is missing')
  return {
    origin: readOrigin(session[1].value),
    connection: connectionOf(session),
    attributes: attributesOf(session),
    media: starts.map((start, at) => readMedia(lines.slice(start, starts[at + 1] ?? lines.length))),
  }
}

function checkLetters(section: readonly Line[], letters: string): void {
  const seen = new Set<string>()
  for (const { letter } of section) {
    if (!letters.includes(letter)) throw new Malformed('a line stands where none of its kind may')
    if (seen.has(letter) && ONCE.includes(letter)) throw new Malformed(`${letter}= is there twice`)
    seen.add(letter)
  }
}

function readOrigin(value: string): Origin {
  const parts = value.split(' ')
  const [, sessionId = '', version = '', network, family, address] = parts
  if (parts.length !== 6 || !/^\d{1,20}$/.test(sessionId) || !/^\d{1,20}$/.test(version)) {
    throw new Malformed('o= can not be read')
  }
  return { sessionId, version, address: connection('o', network, family, address) }
}

function connection(letter: string, network?: string, family?: string, address?: string): Connection {
  if (network !== 'IN' || (family !== 'IP4' && family !== 'IP6') || address === undefined || address === '') {
    throw new Malformed(`${letter}= can not be read`)
  }
  return { family, address }
}

function connectionOf(section: readonly Line[]): Connection | undefined {
  const [line, second] = section.filter(({ letter }) => letter === 'c')
  if (line === undefined) return undefined
  // Several are for groups (RFC 8866 5.7), which nobody calls: one reader would take the first, and another the last.
  if (second !== undefined) throw new Malformed('c= is there twice')
  const parts = line.value.trimEnd().split(' ')
  if (parts.length !== 3) throw new Malformed('c= can not be read')
  return connection('c', ...parts)
}

function attributesOf(section: readonly Line[]): Attribute[] {
  return section
    .filter(({ letter }) => letter === 'a')
    .map(({ value }) => {
      const colon = value.indexOf(':')
      const name = colon < 0 ? value.trimEnd() : value.slice(0, colon)
      if (!/^[!#-'*+.\w`{-~^-]+$/.test(name)) throw new Malformed('the name of an attribute can not be read')
      return { name, value: colon < 0 ? undefined : value.slice(colon + 1).trim() }
    })
}

function readMedia(section: readonly Line[]): SdpMedia {
  checkLetters(section, mediaLetters)
  const [type = '', port = '', protocol = '', ...formats] = section[0]!.value.trimEnd().split(' ')
  const [, number, count] = /^(0|[1-9]\d{0,4})(?:\/(\d{1,5}))?$/.exec(port) ?? []
  if (!/^[\w.+-]+$/.test(type) || number === undefined || Number(number) > 65_535 || !/^[\w/+.-]+$/.test(protocol)) {
    throw new Malformed('m= can not be read')
  }
  if (formats.length === 0 || formats.length > limits.formats || formats.includes('')) {
    throw new Malformed('the formats of m= can not be read')
  }
  if (count !== undefined && Number(count) !== 1) throw new Malformed('m= asks for several ports')
  return {
    type,
    port: Number(number),
    protocol,
    formats,
    connection: connectionOf(section),
    attributes: attributesOf(section),
  }
}
