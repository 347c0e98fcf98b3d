import { isIpv6 } from '../sip/host.ts'
import { readCrypto, type Crypto } from './crypto.ts'
import type { Codec } from './policy.ts'
import { attribute, attributes, type Connection, type Sdp, type SdpMedia } from './sdp.ts'

/** An audio stream as one side of a call describes it. */
export interface Audio {
  readonly profile: 'RTP/AVP' | 'RTP/SAVP'
  /** Where it wants to be sent to. */
  readonly address: string
  /** A null address, the old way to hold (RFC 3264 8.4): nothing is sent to it, and both ports are 0. */
  readonly isNull: boolean
  readonly family: 4 | 6
  readonly port: number
  readonly rtcpPort: number
  readonly rtcpMux: boolean
  /** What it will do; with a null address, the old way to hold (RFC 3264 8.4), it does not listen. */
  readonly direction: Direction
  /** Payload types of the voice codecs that we know, in its order. */
  readonly codecs: readonly { readonly codec: Codec; readonly payloadType: number }[]
  /** Payload type of telephone-event. */
  readonly eventType: number | undefined
  /** Lines that we can use, in its order. */
  readonly crypto: readonly Crypto[]
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** RFC 3551 6: needs no rtpmap. */
const STATIC: Readonly<Record<string, Codec>> = { '0': 'PCMU', '8': 'PCMA' }
const OUR_PTIME = 20

/** Reads a media section as an audio stream. @returns what is wrong, if it is none that we can have */
export function readAudio(sdp: Sdp, media: SdpMedia): Audio | string {
  if (media.type !== 'audio') return 'it is not audio'
  if (media.protocol !== 'RTP/AVP' && media.protocol !== 'RTP/SAVP')
    return 'its profile is neither RTP/AVP nor RTP/SAVP'
  const connection = media.connection ?? sdp.connection
  if (connection === undefined) return 'it has no address'
  const family = familyOf(connection)
  if (family === undefined) return 'its address is none that media can be sent to'
  const isNull = isNullAddress(connection)
  const longest = Number(attribute(media, 'maxptime') ?? OUR_PTIME)
  if (longest < OUR_PTIME) return 'it takes no packets of 20 ms'
  const maps = rtpMaps(media)
  return {
    profile: media.protocol,
    address: connection.address,
    family,
    isNull,
    port: isNull ? 0 : media.port,
    rtcpPort: isNull ? 0 : rtcpPortOf(media),
    rtcpMux: attribute(media, 'rtcp-mux') !== undefined,
    direction: directionOf(sdp, media, isNull),
    codecs: media.formats.flatMap((format) => {
      const codec = maps.get(format)
      return codec === 'PCMA' || codec === 'PCMU' ? [{ codec, payloadType: Number(format) }] : []
    }),
    eventType: eventTypeOf(media, maps),
    crypto: media.protocol === 'RTP/SAVP' ? attributes(media, 'crypto').flatMap((line) => readCrypto(line) ?? []) : [],
  }
}

/** What each of the formats stands for, of those that we know. */
function rtpMaps(media: SdpMedia): Map<string, Codec | 'telephone-event'> {
  const maps = new Map<string, Codec | 'telephone-event'>()
  const mapped = new Map<string, string | undefined>(attributes(media, 'rtpmap').map(firstTwo))
  for (const format of media.formats) {
    if (!/^\d{1,3}$/.test(format) || Number(format) > 127) continue
    const encoding = mapped.get(format)?.toLowerCase()
    const [, name] = /^(pcma|pcmu|telephone-event)\/8000(?:\/1)?$/.exec(encoding ?? '') ?? []
    if (name === 'telephone-event') maps.set(format, name)
    else if (name !== undefined) maps.set(format, name.toUpperCase() as Codec)
    else if (encoding === undefined && STATIC[format] !== undefined) maps.set(format, STATIC[format])
  }
  return maps
}

const firstTwo = (line: string): [string, string | undefined] => {
  const [format = '', encoding] = line.split(/ +/, 2)
  return [format, encoding]
}

/** The first telephone-event that has all the keys (RFC 4733 2.4.1: without fmtp it has 0-15). */
function eventTypeOf(media: SdpMedia, maps: ReturnType<typeof rtpMaps>): number | undefined {
  const format = media.formats.find((one) => maps.get(one) === 'telephone-event')
  return format === undefined ? undefined : Number(format)
}

function rtcpPortOf(media: SdpMedia): number {
  const [port = ''] = (attribute(media, 'rtcp') ?? '').split(' ')
  const told = /^\d{1,5}$/.test(port) ? Number(port) : 0
  return told > 0 && told <= 65_535 ? told : Math.min(media.port + 1, 65_535)
}

function directionOf(sdp: Sdp, media: SdpMedia, isNull: boolean): Direction {
  const told = [media, sdp].flatMap(({ attributes: all }) => all).find(({ name }) => isDirection(name))?.name
  const direction = told !== undefined && isDirection(told) ? told : 'sendrecv'
  if (!isNull) return direction
  return direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive'
}

const isNullAddress = ({ address }: Connection) => address === '0.0.0.0' || address === '::'

const isDirection = (name: string): name is Direction => /^(sendrecv|sendonly|recvonly|inactive)$/.test(name)

/** What we answer to what the other side will do (RFC 3264 6.1). */
export const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

/** A name is not looked up: whoever answers its DNS would choose whom we send to. Groups and broadcast are not called. */
function familyOf({ family, address }: Connection): 4 | 6 | undefined {
  if (family === 'IP4') {
    // Leading zeros mean octal to some: not guessed at.
    const octets = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(address) ? address.split('.').map(Number) : []
    const [first = 255] = octets
    return octets.length === 4 && octets.every((octet) => octet <= 255) && first < 224 ? 4 : undefined
  }
  return isIpv6(address) && !/^ff/i.test(address) ? 6 : undefined
}
