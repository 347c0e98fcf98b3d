/** What carriers send and expect, as their documentation shows it: scenarios of SIPp for its role as such a carrier. */

const message = (...lines: string[]) => `<![CDATA[\n${lines.join('\n')}\n]]>`
const scenario = (...steps: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="a carrier">\n${steps.join('\n')}\n</scenario>\n`

const KEY = 'inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'

export interface CarrierCall {
  /** Of the Request-URI. */
  uri: string
  /** User and parameters of From. */
  from: string
  /** Header fields that the carrier adds. */
  headers?: readonly string[]
  /** The media line of its offer and what follows. */
  media: readonly string[]
  /** URI of its Contact: often that of a machine behind its proxies. */
  contact: string
}

/** Calls, is answered with encrypted A-law or mu-law, and is hung up by the bot. */
export const carrierCalls = ({ uri, from, headers = [], media, contact }: CarrierCall): string => {
  const dialog = (start: string, cseq: string, to: string) => [
    start,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    `From: ${from};tag=[pid]c[call_number]`,
    `To: <${uri.replace(/;.*/, '')}>${to}`,
    'Call-ID: [call_id]',
    `CSeq: ${cseq}`,
    'Max-Forwards: 63',
  ]
  const find = (regexp: string, where: string, variables: string) =>
    `<ereg regexp="${regexp}" search_in="${where}" check_it="true" assign_to="${variables}"/>`
  // Those of the edge, inside and outside: that of the carrier's own proxy is not for what leaves it.
  const route = 'Record-Route: *(&lt;[^&gt;]*&gt;)[[:space:]]+'
  return scenario(
    `<send retrans="500">${message(
      ...dialog(`INVITE ${uri} SIP/2.0`, '102 INVITE', ''),
      `Contact: <${contact}>`,
      // Its own proxy, which stays in the call.
      'Record-Route: <sip:[local_ip]:[local_port];transport=[transport];lr>',
      ...headers,
      'Content-Type: application/sdp',
      'Content-Length: [len]',
      '',
      ...['v=0', 'o=root 1969346922 1969346922 IN IP4 [local_ip]', 's=carrier', 'c=IN IP4 [local_ip]', 't=0 0'],
      ...media,
    )}</send>`,
    ...['100', '180', '182', '183'].map((status) => `<recv response="${status}" optional="true"/>`),
    `<recv response="200" rrs="true"><action>
      ${find('m=audio [1-9][0-9]* RTP/SAVP (0|8) ', 'body', 'answer')}
      ${find(route + route, 'msg', 'both,inside,outside')}
    </action></recv>`,
    '<Reference variables="answer,both"/>',
    `<send>${message(...dialog('ACK [next_url] SIP/2.0', '102 ACK', '[peer_tag_param]'), 'Route: [$outside], [$inside]', 'Content-Length: 0')}</send>`,
    '<recv request="BYE" timeout="20000"/>',
    `<send>${message('SIP/2.0 200 OK', ...LAST, 'Content-Length: 0')}</send>`,
  )
}

const LAST = ['[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']
const TO = '[last_To:];tag=[pid]t[call_number]'
const CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>'

export interface CarrierTakes {
  /** Asks for the credentials, as a proxy; undefined: knows the edge by its certificate or address. */
  credentials?: { realm: string; username: string }
  /** What the Request-URI and From have to have, as regular expressions. */
  called: string
  from: string
}

/** Takes a call over SRTP, and hangs up half a second later. */
export const carrierTakes = ({ credentials, called, from }: CarrierTakes): string => {
  const check = (regexp: string, where: string, variable: string) =>
    `<ereg regexp="${regexp}" ${where} check_it="true" assign_to="${variable}"/>`
  const challenge =
    credentials &&
    `Proxy-Authenticate: Digest realm="${credentials.realm}", qop="auth", nonce="47ebe028cda119c35d4877b383027d28da013815", opaque="8e0a3e0a"`
  return scenario(
    ...(credentials === undefined
      ? []
      : [
          '<recv request="INVITE"/>',
          `<send>${message('SIP/2.0 407 Proxy Authentication Required', ...LAST.with(2, TO), challenge!, 'Content-Length: 0')}</send>`,
          '<recv request="ACK"/>',
        ]),
    `<recv request="INVITE" rrs="true"><action>
      ${credentials === undefined ? '' : check(proofOf(credentials), 'search_in="hdr" header="Proxy-Authorization:"', 'proof')}
      ${check(called, 'search_in="msg"', 'called')}
      ${check(from, 'search_in="hdr" header="From:"', 'from')}
      ${check('.*', 'search_in="hdr" header="From:"', 'caller')}
      ${check('sip:[^&gt;]*', 'search_in="hdr" header="Contact:"', 'back')}
      ${check('a=crypto:([0-9]+) AES_CM_128_HMAC_SHA1_80', 'search_in="body"', 'line,tag')}
    </action></recv>`,
    `<send retrans="500">${message(
      'SIP/2.0 200 OK',
      ...LAST.with(2, TO),
      '[last_Record-Route:]',
      CONTACT,
      'Content-Type: application/sdp',
      'Content-Length: [len]',
      '',
      ...['v=0', 'o=- 1 1 IN IP4 [local_ip]', 's=-', 'c=IN IP4 [local_ip]', 't=0 0'],
      ...['m=audio 40002 RTP/SAVP 8', 'a=rtpmap:8 PCMA/8000', `a=crypto:[$tag] AES_CM_128_HMAC_SHA1_80 ${KEY}`],
    )}</send>`,
    '<recv request="ACK"/>',
    '<pause milliseconds="500"/>',
    `<send retrans="500">${message(
      'BYE [$back] SIP/2.0',
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
      '[routes]',
      'From: <sip:desk@[local_ip]>;tag=[pid]t[call_number]',
      'To:[$caller]',
      '[last_Call-ID:]',
      ...['CSeq: 1 BYE', 'Max-Forwards: 70', 'Content-Length: 0'],
    )}</send>`,
    '<recv response="200"/>',
    `<Reference variables="called,from,line${credentials === undefined ? '' : ',proof'}"/>`,
  )
}

/** Takes one registration, by a password that it judges. */
export const registrar = ({ username, password }: { username: string; password: string }): string =>
  scenario(
    '<recv request="REGISTER"/>',
    `<send>${message(
      'SIP/2.0 401 Unauthorized',
      ...LAST.with(2, TO),
      'WWW-Authenticate: Digest realm="sip3.ovh.fr", nonce="47ebe028cda119c35d4877b383027d28da013815", algorithm=MD5',
      'Content-Length: 0',
    )}</send>`,
    `<recv request="REGISTER"><action><verifyauth assign_to="good" username="${username}" password="${password}"/></action></recv>`,
    '<nop condexec="good" condexec_inverse="true"><action><error message="the password is not proved"/></action></nop>',
    `<send>${message('SIP/2.0 200 OK', ...LAST.with(2, TO), '[last_Contact:];expires=3600', 'Content-Length: 0')}</send>`,
  )

/** Whether the answer to a challenge is right, SIPp can't judge of a proxy's: Asterisk does. */
const proofOf = ({ realm, username }: { realm: string; username: string }) =>
  `username=.${username}.,.*realm=.${realm}.,.*response=.[0-9a-f]{32}.`

/** SRTP as carriers offer it, with what some of them add to a key: its lifetime. */
export const secureMedia = (payloads: string, { lifetime = '', more = [] as readonly string[] } = {}): string[] => [
  `m=audio 40000 RTP/SAVP ${payloads}`,
  ...['a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16'],
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}${lifetime}`,
  ...more,
  'a=sendrecv',
  'a=ptime:20',
]
