import {
  addressesIn,
  isLoopback,
  isWithin,
  readAddress,
  readCidr,
  type Cidr,
  type Octets,
} from '../../lib/ip-address.ts'
import { isRefused, judge, type EgressPolicy } from '../../rules/egress.ts'
import { FIRST_PORT } from '../../wire/sdp/address-policy.ts'
import { readSdp } from '../../wire/sdp/read.ts'
import { attributes, type Attribute, type Connection, type Sdp, type SdpMedia } from '../../wire/sdp/sdp.ts'
import { writeSdp } from '../../wire/sdp/write.ts'

/** Who sends a session description: a bot pod, or somebody outside. */
export interface Describer {
  side: 'inside' | 'outside'
  /** From where its SIP message came. */
  source: string
  /** Whose call it is. */
  namespace: string
}

/** Where the relay may send media to. */
export interface MediaRules {
  /** Of the edge and of its node. */
  own: readonly Octets[]
  /** Of bot pods, which only their own descriptions may name. */
  pods: readonly Octets[]
  /** Nothing is sent there, whatever is opened. */
  denied: readonly Cidr[]
  /** Of carriers and callers that the administrator named: open to every namespace. */
  callers: readonly Cidr[]
  egress: EgressPolicy
  /** The edge's own address is on loopback, as in tests: so are callers and pods. */
  isOnLoopback: boolean
  /** Ports of the edge at which the relay and its guard take orders. */
  controlPorts: readonly number[]
}

/** A description in our own words, or why there is none. The reason quotes nothing of it. */
export type RelayedDescription = { sdp: string; isBehindNat: boolean; isSecure: boolean } | { refused: string }

const FAMILIES = ['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF']
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive']
/** What of an audio stream the relay gets to see. Candidates, names and keys of other kinds (ICE, DTLS, BUNDLE) are not among it. */
const KEPT = ['rtpmap', 'fmtp', 'ptime', 'maxptime', 'crypto', 'rtcp-mux', ...DIRECTIONS]
/** Networks from which nobody is reached over the Internet as he describes himself: NAT stands between. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'].map((text) => readCidr(text)!)

class Refused extends Error {}

/**
 * What the relay gets for a description: written again from what was read, so that no two readers can take it for two things. Every address
 * and port in it has been judged, whoever sent it.
 */
export function relayedDescription(octets: Uint8Array, from: Describer, rules: MediaRules): RelayedDescription {
  const sdp = readSdp(octets)
  if ('kind' in sdp) return { refused: sdp.because }
  try {
    return write(sdp, from, rules)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { refused: error.message }
  }
}

function write(sdp: Sdp, from: Describer, rules: MediaRules): RelayedDescription {
  const streams = sdp.media.map((media) => judgedStream(sdp, media, from, rules))
  const wanted = streams.filter(({ media }) => media.port !== 0)
  const address = wanted[0]?.media.connection ?? { family: 'IP4', address: '0.0.0.0' }
  const media = streams.map((stream) => stream.media)
  const text = writeSdp({ origin: { ...sdp.origin, address }, connection: undefined, attributes: [], media })
  return {
    sdp: text.toString('latin1'),
    isBehindNat: wanted.some(({ isBehindNat }) => isBehindNat),
    isSecure: wanted.length > 0 && wanted.every((stream) => stream.media.protocol.startsWith('RTP/SAVP')),
  }
}

interface Stream {
  media: SdpMedia
  isBehindNat: boolean
}

/** A stream that is no audio by RTP is none that is wanted (RFC 3264 6): its place stays. */
function judgedStream(sdp: Sdp, media: SdpMedia, from: Describer, rules: MediaRules): Stream {
  const connection = media.connection ?? sdp.connection
  const where = connection && place(connection, from, rules)
  checkCandidates(media, rules)
  for (const told of [media.port, ...rtcpPorts(media, connection)]) {
    if (told !== 0) checkPort(told, where, rules)
  }
  const isRelayed = media.type === 'audio' && FAMILIES.includes(media.protocol) && media.port !== 0
  if (!isRelayed) return { media: refusedStream(media), isBehindNat: false }
  if (where === undefined) throw new Refused('a stream has no address')
  return {
    isBehindNat: where.isBehindNat,
    media: {
      ...{ type: 'audio', port: media.port, protocol: media.protocol, formats: payloadTypes(media) },
      connection: { family: 'IP4', address: where.address },
      attributes: [...directionOf(sdp, media), ...media.attributes.filter(isKept), ...rtcp(media)],
    },
  }
}

const refusedStream = ({ type, protocol, formats }: SdpMedia): SdpMedia => ({
  ...{ type, protocol, port: 0, connection: undefined, attributes: [] },
  formats: formats.every(isToken) ? formats : ['0'],
})

interface Place {
  address: string
  octets: Octets
  isBehindNat: boolean
}

/** Where media goes for what a connection line says. */
function place({ family, address }: Connection, from: Describer, rules: MediaRules): Place {
  const said = family === 'IP4' ? readAddress(address) : undefined
  if (said?.length !== 4) throw new Refused('an address is none of IPv4: the relay speaks IPv4')
  // The old way to hold (RFC 3264 8.4): nothing is sent there.
  if (said.every((octet) => octet === 0)) return { address, octets: said, isBehindNat: false }
  const source = readAddress(from.source)
  if (from.side === 'inside') {
    if (source === undefined || !isSame(source, said)) throw new Refused('a pod names an address that is not its own')
    return { address, octets: said, isBehindNat: false }
  }
  checkAddress(said, from, rules)
  const isBehindNat = isPrivate(said) && source?.length === 4 && !isPrivate(source)
  if (!isBehindNat) return { address, octets: said, isBehindNat }
  checkAddress(source, from, rules)
  return { address: source.join('.'), octets: source, isBehindNat }
}

function checkAddress(octets: Octets, { namespace }: Describer, rules: MediaRules): void {
  const { isOnLoopback, egress } = rules
  if (!isOnLoopback && [...rules.own, ...rules.pods].some((each) => isSame(each, octets)))
    throw new Refused('an address is of an edge, a node or a bot pod')
  const judgement = judge(octets, { namespace, isOnLoopback }, egress)
  const isNamed = judgement !== 'Never' && isIn(octets, rules.callers)
  if (isIn(octets, rules.denied) || (isRefused(judgement, egress) && !isNamed))
    throw new Refused('an address is none that media may be sent to')
}

const isIn = (octets: Octets, ranges: readonly Cidr[]) =>
  addressesIn(octets).some((one) => ranges.some((range) => isWithin(one, range)))

function checkPort(port: number, where: Place | undefined, rules: MediaRules): void {
  if (port < FIRST_PORT) throw new Refused('a port is of a service of the system')
  const isHere = where !== undefined && (isLoopback(where.octets) || rules.own.some((own) => isSame(own, where.octets)))
  if (isHere && rules.controlPorts.includes(port)) throw new Refused('a port is of the edge')
}

/** Of `a=rtcp` (RFC 3605), whose address has to be that of the media: the relay sends both to one. */
function rtcpPorts(media: SdpMedia, connection: Connection | undefined): number[] {
  const told = attributes(media, 'rtcp')
  if (told.length > 1) throw new Refused('a=rtcp is there twice')
  return told.map((value) => {
    const [port = '', ...where] = value.split(' ')
    if (!/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535) throw new Refused('a=rtcp can not be read')
    if (where.length > 0 && where.join(' ') !== `IN ${connection?.family} ${connection?.address}`)
      throw new Refused('RTCP has another address than the media')
    return Number(port)
  })
}

/** Candidates (RFC 8839) are left out. No host offers one that leads to itself, so who does is up to something. */
function checkCandidates(media: SdpMedia, { isOnLoopback }: MediaRules): void {
  for (const value of attributes(media, 'candidate')) {
    const octets = readAddress(value.split(' ')[4] ?? '')
    if (octets !== undefined && isLoopback(octets) && !isOnLoopback) throw new Refused('a candidate is on loopback')
  }
}

/** Its port alone: RTCP goes where the media goes. */
const rtcp = (media: SdpMedia): Attribute[] =>
  attributes(media, 'rtcp').map((value) => ({ name: 'rtcp', value: value.split(' ')[0]! }))

function payloadTypes({ formats }: SdpMedia): readonly string[] {
  if (!formats.every((each) => /^(0|[1-9]\d{0,2})$/.test(each) && Number(each) < 128))
    throw new Refused('a payload type can not be read')
  return formats
}

/** The direction of the whole description, where the stream has none of its own. */
function directionOf(sdp: Sdp, media: SdpMedia): Attribute[] {
  const isDirection = ({ name }: Attribute) => DIRECTIONS.includes(name)
  const ofAll = sdp.attributes.find(isDirection)
  return ofAll === undefined || media.attributes.some(isDirection) ? [] : [{ name: ofAll.name, value: undefined }]
}

/** RFC 8866 allows other octets in values; none of ours needs them. */
const isKept = ({ name, value }: Attribute) => KEPT.includes(name) && /^[ -~]{0,512}$/.test(value ?? '')

const isToken = (text: string) => /^[\w+.-]{1,64}$/.test(text)

const isPrivate = (address: Octets) => PRIVATE.some((range) => isWithin(address, range))

const isSame = (one: Octets, other: Octets) =>
  one.length === other.length && one.every((octet, at) => octet === other[at])
