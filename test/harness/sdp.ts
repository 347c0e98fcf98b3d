import { reachFrom } from '../../src/wire/sdp/address-policy.ts'

// Session descriptions of callers, as text.

export const KEY = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'

/** Of a pod at a public IPv4 address. */
export const reach = reachFrom('198.51.100.7')

/** A description with these media sections, each a list of lines. */
export function sdpOf(...media: string[][]): Buffer {
  const head = ['v=0', 'o=- 1394857 1 IN IP4 192.0.2.16', 's=-', 'c=IN IP4 192.0.2.16', 't=0 0']
  return Buffer.from([...head, ...media.flat(), ''].join('\r\n'))
}

const events = ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15']

/** Audio as a telephone offers it: PCMU, PCMA and telephone-event. */
export const plainAudio = (...more: string[]) => ['m=audio 40562 RTP/AVP 0 8 101', ...events, ...more]

export const secureAudio = (...more: string[]) => {
  const crypto = more.some((line) => line.startsWith('a=crypto'))
    ? []
    : [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`]
  return ['m=audio 40562 RTP/SAVP 0 8 101', ...events, ...crypto, ...more]
}

export const video = ['m=video 40570 RTP/SAVP 96 97', 'a=rtpmap:96 H264/90000']
