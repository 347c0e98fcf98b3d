import { mirrored, readAudio, type Audio, type Direction } from './audio.ts'
import type { Crypto } from './crypto.ts'
import type { Codec, MediaPolicy } from './policy.ts'
import { mayReach, type Reach } from './address-policy.ts'
import type { Sdp } from './sdp.ts'

/** What both sides agreed on. */
export interface Agreement {
  /** Which of the media sections it is. */
  readonly section: number
  readonly remote: Audio
  readonly codec: Codec
  readonly payloadType: number
  /** What the other side may send: the codec above, and in the answer to ours also others that it took. */
  readonly accepted: Audio['codecs']
  readonly eventType: number | undefined
  /** Undefined: plain RTP. In our answer to an offer the line that we chose; in the answer to ours, theirs. */
  readonly crypto: Crypto | undefined
  readonly rtcpMux: boolean
  /** What we do. */
  readonly direction: Direction
}

/** Why there is none: for a 488 with this warn-code (RFC 3261 20.43). */
export interface Disagreement {
  readonly kind: 'disagreement'
  readonly warning: number
  readonly because: string
}

const no = (warning: number, because: string): Disagreement => ({ kind: 'disagreement', warning, because })

/**
 * Chooses from an offer: the first section that the policy allows, SRTP before plain RTP. With `Required` there is no way to plain RTP,
 * whatever else is offered.
 */
export function chooseFrom(offer: Sdp, policy: MediaPolicy, reach: Reach): Agreement | Disagreement {
  const audible = offer.media.flatMap((media, section) => {
    const audio = media.port === 0 ? 'it is not wanted' : readAudio(offer, media)
    return [{ section, audio }]
  })
  const usable = audible.flatMap(({ section, audio }) => (typeof audio === 'string' ? [] : [{ section, audio }]))
  if (usable.length === 0) {
    const reason = audible.find(({ section }) => offer.media[section]!.type === 'audio')?.audio
    return no(304, typeof reason === 'string' ? `no audio that we can have: ${reason}` : 'no audio is offered')
  }
  let because = no(305, 'none of the codecs is allowed')
  for (const { section, audio } of usable.toSorted((a, b) => rank(a.audio) - rank(b.audio))) {
    const outcome = agree(section, audio, policy, reach)
    if (!('kind' in outcome)) return outcome
    because = outcome
  }
  return because
}

/** Why we send nothing to where it wants to be sent to. Its address is not repeated: it may be a person's. */
export function whyUnreachable(audio: Audio, reach: Reach): Disagreement | undefined {
  const { family, address, isNull, port, rtcpPort, rtcpMux } = audio
  if (family !== reach.family) return no(300, `only IPv${reach.family} is spoken here`)
  if (isNull) return undefined
  const may = [port, ...(rtcpMux ? [] : [rtcpPort])].every((one) => mayReach(reach, address, one))
  return may ? undefined : no(399, 'no media is sent to that address and port from here')
}

const rank = ({ profile }: Audio) => (profile === 'RTP/SAVP' ? 0 : 1)

function agree(section: number, audio: Audio, policy: MediaPolicy, reach: Reach): Agreement | Disagreement {
  const unreachable = whyUnreachable(audio, reach)
  if (unreachable !== undefined) return unreachable
  const isSecure = audio.profile === 'RTP/SAVP'
  if (!isSecure && policy.srtp === 'Required') return no(302, 'SRTP is required: offer RTP/SAVP with a=crypto')
  if (isSecure && policy.srtp === 'Disabled') return no(302, 'SRTP is not spoken here: offer RTP/AVP')
  const [crypto] = audio.crypto
  if (isSecure && crypto === undefined) return no(399, 'none of the a=crypto lines can be used')
  const chosen = policy.codecs.flatMap((codec) => audio.codecs.find((one) => one.codec === codec) ?? [])[0]
  if (chosen === undefined) return no(305, 'none of the codecs is allowed')
  return {
    section,
    remote: audio,
    ...chosen,
    accepted: [chosen],
    eventType: audio.eventType,
    crypto: isSecure ? crypto : undefined,
    rtcpMux: audio.rtcpMux,
    direction: mirrored[audio.direction],
  }
}
