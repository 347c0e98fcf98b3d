import { relayedDescription } from '../../../src/edge/plan/relayed-description.ts'
import { DEFAULT_EGRESS } from '../../../src/rules/egress.ts'
import { understandRequest, understandResponse } from '../../../src/wire/sip/parse-headers.ts'
import { agreedSession, answerSession } from '../../../src/telephony/dialog/session-timer.ts'
import { respond } from '../../../src/telephony/respond.ts'
import { signalIn } from '../../../src/wire/dtmf/relay-body.ts'
import { readRtcp } from '../../../src/wire/rtcp/packet.ts'
import { emptyRtpHeader, readRtp } from '../../../src/wire/rtp/packet.ts'
import { chooseFrom } from '../../../src/wire/sdp/negotiate.ts'
import { readSdp } from '../../../src/wire/sdp/read.ts'
import { parseChallenge } from '../../../src/wire/sip/digest.ts'
import { Framer } from '../../../src/wire/sip/framer.ts'
import { defaultLimits } from '../../../src/wire/sip/limits.ts'
import { parseMessage } from '../../../src/wire/sip/parse-datagram.ts'
import { reach } from '../sdp.ts'
import { repeated, type Shapes, shapesOf, TEXTS } from './hostile-text.ts'
import { type Input, isDefined } from './input.ts'

/* What callers and carriers send: SIP, SDP, keys, and packets of RTP and RTCP. */

const { headOctets, bodyOctets } = defaultLimits
const SIP: Shapes = {
  ...TEXTS,
  ...shapesOf([';a', ';a=b', '<sip:a@b>,', 'a, ', '\r\n ', ';tag=', ';lr;tag', 'SIP/2.0/TLS a,', '[::', '1:::']),
}
const REQUEST =
  'INVITE sip:+33199000001@edge SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:b@c>\r\n' +
  'Call-ID: a\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@b>\r\n'
const RESPONSE = REQUEST.replace(/.*\r\n/, 'SIP/2.0 200 OK\r\n')
const HEADERS = [
  ...['X', 'Via', 'From', 'To', 'Contact', 'Record-Route', 'Supported', 'Authorization', 'Call-ID', 'CSeq'],
  ...['Session-Expires', 'Min-SE', 'Refer-To', 'RAck', 'Content-Type', 'Privacy'],
]
const source = { address: '192.0.2.1', port: 5061 }

function readMessage(octets: Buffer): unknown {
  const message = parseMessage(octets)
  if (message.kind === 'fault') return message
  if (message.kind === 'response') return [understandResponse(message), agreedSession(message)]
  const understood = understandRequest(message)
  return [understood, answerSession(message), respond(message, source, { status: 500, toTag: 'a' })]
}
const isMessage = (result: unknown) => Array.isArray(result)

const withHeader = (head: string, name: string): Input => ({
  row: 'A SIP message',
  what: `${head === REQUEST ? 'a request' : 'a response'} with a hostile ${name}`,
  longest: headOctets - head.length - name.length - 8,
  shapes: SIP,
  read: (text) => readMessage(Buffer.from(`${head}${name}: ${text}\r\n\r\n`)),
  isRead: isMessage,
})

const messages: readonly Input[] = [
  ...HEADERS.map((name) => withHeader(REQUEST, name)),
  ...['Via', 'To', 'Session-Expires', 'WWW-Authenticate'].map((name) => withHeader(RESPONSE, name)),
  {
    row: 'A SIP message',
    what: 'a hostile start line',
    longest: 4_000,
    shapes: SIP,
    read: (text) => readMessage(Buffer.from(REQUEST.replace('+33199000001@edge', text) + '\r\n')),
    isRead: isMessage,
  },
  {
    row: 'A SIP message',
    what: 'a stream that comes octet by octet',
    longest: headOctets,
    read: (text) => {
      const framer = new Framer()
      const octets = Buffer.from(text, 'latin1')
      for (let at = 0; at < octets.length; at++) framer.push(octets.subarray(at, at + 1))
      return framer.midway ? framer : undefined
    },
    isRead: isDefined,
  },
]

const DESCRIPTION =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 8 0\r\n'
/** As src/wire/sdp/read.ts has it. */
const LONGEST_DESCRIPTION = 16_384
const KEY = 'inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'

function readOffer(text: string): unknown {
  const offer = readSdp(Buffer.from(text))
  if ('kind' in offer) return undefined
  return chooseFrom(offer, { srtp: 'Preferred', codecs: ['PCMA', 'PCMU'] }, reach)
}
const SDP: Shapes = {
  ...TEXTS,
  ...shapesOf([
    'a=x\r\n',
    'm=audio 1 RTP/AVP 0\r\n',
    'm=audio 1 RTP/AVP 0 ',
    'a=rtpmap:0 PCMU/8000\r\n',
    'c=IN IP4 1\r\n',
  ]),
  ...shapesOf([
    'a=crypto:1 ',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}\r\n`,
    '|2^20',
    '|2^20|1:4',
    '1/1 ',
    '127.0.0.1 ',
  ]),
}
const within = (before: string): Input => ({
  row: 'SDP, digest challenge',
  what: `a session description with a hostile ${JSON.stringify(before)}`,
  longest: LONGEST_DESCRIPTION - DESCRIPTION.length - before.length - 2,
  shapes: SDP,
  read: (text) => readOffer(`${DESCRIPTION}${before}${text}\r\n`),
  isRead: isDefined,
})

const CALLER = { side: 'outside', source: '198.51.100.9', namespace: 'acme' } as const
const MEDIA_RULES = {
  ...{ own: [], pods: [], denied: [], callers: [], egress: DEFAULT_EGRESS, isOnLoopback: true, controlPorts: [] },
}

const descriptions: readonly Input[] = [
  ...['', 'a=', 'a=rtpmap:', 'a=fmtp:101 ', 'a=rtcp:', 'a=candidate:', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 '].map(
    within,
  ),
  within(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}`),
  ...['', 'a=rtpmap:', 'a=rtcp:', 'c=IN IP4 '].map((before): Input => ({
    row: 'A session description that passes the relay of an edge',
    what: `a description with a hostile ${JSON.stringify(before)}`,
    longest: LONGEST_DESCRIPTION - DESCRIPTION.length - before.length - 2,
    shapes: SDP,
    read: (text) => relayedDescription(Buffer.from(`${DESCRIPTION}${before}${text}\r\n`), CALLER, MEDIA_RULES),
    isRead: isDefined,
  })),
  {
    row: 'SDP, digest challenge',
    what: 'a body longer than any description',
    longest: bodyOctets,
    read: (text) => readSdp(Buffer.from(text)),
    isRead: isDefined,
  },
  {
    row: 'SDP, digest challenge',
    what: 'a challenge of a trunk',
    longest: headOctets,
    shapes: { ...TEXTS, ...shapesOf(['a="b",', 'a=', 'nonce="', ' ,']) },
    read: (text) => parseChallenge(`Digest realm="a", nonce="b", x=${text}`),
    isRead: isDefined,
  },
]

const keys: readonly Input[] = [
  {
    row: 'Keys (DTMF)',
    what: 'a body of INFO (application/dtmf-relay)',
    longest: bodyOctets,
    shapes: { ...TEXTS, ...shapesOf(['Signal', 'Signal ', 'Signal=', 'Signal\n', '\nSignal =', 'Signal=\r\n']) },
    read: (text) => signalIn(Buffer.from(`${text}\nSignal=5`, 'latin1')),
    isRead: (key) => key === '5',
  },
]

/** A compound packet (RFC 3550 6.1) of an empty report and as many empty parts of that type as there is room for. */
const parts = (type: number, length: number) =>
  `\x80\xc9\0\x01\0\0\0\x01${repeated(String.fromCharCode(0x80, type, 0, 0), length - 8)}`
const packets: readonly Input[] = [
  {
    row: 'RTP, RTCP',
    what: 'a packet of RTCP',
    longest: 65_507,
    shapes: {
      ...TEXTS,
      ...Object.fromEntries(
        [201, 202, 203, 204].map((type) => [`parts of type ${type}`, (n: number) => parts(type, n)]),
      ),
    },
    read: (text) => readRtcp(Buffer.from(text, 'latin1')),
    isRead: isDefined,
  },
  {
    row: 'RTP, RTCP',
    what: 'a packet of RTP',
    longest: 65_507,
    read: (text) => {
      const packet = Buffer.from(`\x90${text}`, 'latin1')
      return readRtp(packet, packet.length, emptyRtpHeader())
    },
    isRead: (isRtp) => isRtp === true,
  },
]

export const OF_CALLERS: readonly Input[] = [...messages, ...descriptions, ...keys, ...packets]
