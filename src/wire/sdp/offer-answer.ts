import type { MasterKey, Suite } from '../srtp/suites.ts'
import { mirrored, readAudio, type Direction } from './audio.ts'
import { writeCrypto } from './crypto.ts'
import { type Agreement, type Disagreement, whyUnreachable } from './negotiate.ts'
import type { Codec } from './policy.ts'
import type { Reach } from './address-policy.ts'
import type { Attribute, Sdp, SdpMedia } from './sdp.ts'

/** Our side of a stream. */
export interface Local {
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
  /** Decimal, chosen once for a dialog. */
  readonly sessionId: string
  /** One more with every description that differs from the one before (RFC 3264 8). */
  readonly version: number
}

const payloadTypes: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 }
/** What we call telephone-event in our offers. */
const EVENT_TYPE = 101

/** The answer to an offer: every section of it in its place, those that we don't take with port 0 (RFC 3264 6). */
export function answerTo(offer: Sdp, agreed: Agreement, local: Local, key: MasterKey | undefined): Sdp {
  const { codec, payloadType, eventType, crypto, rtcpMux, direction } = agreed
  const taken = audioSection(local, {
    protocol: agreed.remote.profile,
    codecs: [{ codec, payloadType }],
    eventType,
    crypto: crypto === undefined || key === undefined ? [] : [writeCrypto(crypto.tag, key)],
    rtcpMux,
    direction,
  })
  return {
    ...head(local),
    media: offer.media.map((media, section) => (section === agreed.section ? taken : refused(media))),
  }
}

/** What we offered: needed to read the answer. */
export interface OurOffer {
  /** Keys by suite, best first; empty: plain RTP. */
  readonly keys: readonly MasterKey[]
  /** Best first. */
  readonly codecs: readonly Codec[]
  readonly direction: Direction
}

/** An offer of one audio stream. */
export function offerOf({ keys, codecs, direction }: OurOffer, local: Local): Sdp {
  const section = audioSection(local, {
    protocol: keys.length > 0 ? 'RTP/SAVP' : 'RTP/AVP',
    codecs: codecs.map((codec) => ({ codec, payloadType: payloadTypes[codec] })),
    eventType: EVENT_TYPE,
    crypto: keys.map((key, at) => writeCrypto(String(at + 1), key)),
    rtcpMux: true,
    direction,
  })
  return { ...head(local), media: [section] }
}

/** Reads the answer to our offer. SRTP that we offered and that does not come back is a disagreement, never plain RTP. */
export function agreeWith(offer: OurOffer, answer: Sdp, reach: Reach): Agreement | Disagreement {
  const no = (warning: number, because: string): Disagreement => ({ kind: 'disagreement', warning, because })
  const [media] = answer.media
  if (media === undefined || answer.media.length !== 1) return no(399, 'the answer has other media than the offer')
  if (media.port === 0) return no(304, 'the answer refuses the audio')
  const remote = readAudio(answer, media)
  if (typeof remote === 'string') return no(305, `the answer can not be used: ${remote}`)
  const unreachable = whyUnreachable(remote, reach)
  if (unreachable !== undefined) return unreachable
  const isSecure = offer.keys.length > 0
  if ((remote.profile === 'RTP/SAVP') !== isSecure) return no(302, 'the answer has another profile than the offer')
  const crypto = remote.crypto.find(({ tag, key }) => offer.keys[Number(tag) - 1]?.suite === key.master.suite)
  if (isSecure && crypto === undefined) return no(399, 'the answer takes none of the a=crypto lines')
  const accepted = remote.codecs.filter(({ codec, payloadType }) => {
    return offer.codecs.includes(codec) && payloadType === payloadTypes[codec]
  })
  const [chosen] = accepted
  if (chosen === undefined) return no(305, 'the answer takes none of the codecs')
  const { eventType, rtcpMux } = remote
  const direction = allowed(offer.direction, mirrored[remote.direction])
  return {
    section: 0,
    remote,
    ...chosen,
    accepted,
    eventType,
    crypto: isSecure ? crypto : undefined,
    rtcpMux,
    direction,
  }
}

/** What is left of a direction that we offered when the other side wants us to do no more than `most`. */
function allowed(offered: Direction, most: Direction): Direction {
  const sends = [offered, most].every((one) => one === 'sendrecv' || one === 'sendonly')
  const receives = [offered, most].every((one) => one === 'sendrecv' || one === 'recvonly')
  if (sends) return receives ? 'sendrecv' : 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}

/** The suites that we offer, best first. */
export const offeredSuites: readonly Suite[] = ['AEAD_AES_256_GCM', 'AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80']

function head({ address, family, sessionId, version }: Local): Omit<Sdp, 'media'> {
  const connection = { family: family === 4 ? ('IP4' as const) : ('IP6' as const), address }
  return { origin: { sessionId, version: String(version), address: connection }, connection, attributes: [] }
}

function refused({ type, protocol, formats }: SdpMedia): SdpMedia {
  return { type, port: 0, protocol, formats, connection: undefined, attributes: [] }
}

interface Section {
  readonly protocol: string
  readonly codecs: Agreement['remote']['codecs']
  readonly eventType: number | undefined
  readonly crypto: readonly string[]
  readonly rtcpMux: boolean
  readonly direction: Direction
}

function audioSection(local: Local, o: Section): SdpMedia {
  const events: Attribute[] = [
    { name: 'rtpmap', value: `${o.eventType} telephone-event/8000` },
    { name: 'fmtp', value: `${o.eventType} 0-15` },
  ]
  return {
    type: 'audio',
    port: local.port,
    protocol: o.protocol,
    formats: [
      ...o.codecs.map(({ payloadType }) => payloadType),
      ...(o.eventType === undefined ? [] : [o.eventType]),
    ].map(String),
    connection: undefined,
    attributes: [
      ...o.codecs.map(({ codec, payloadType }) => ({ name: 'rtpmap', value: `${payloadType} ${codec}/8000` })),
      ...(o.eventType === undefined ? [] : events),
      { name: 'ptime', value: '20' },
      ...o.crypto.map((value) => ({ name: 'crypto', value })),
      ...(o.rtcpMux ? [{ name: 'rtcp-mux', value: undefined }] : []),
      { name: o.direction, value: undefined },
    ],
  }
}
