/** Scenarios of SIPp: one call of a caller who speaks all the time. */
import { ANSWERED, OVER } from './lives.ts'

export interface CallScenario {
  /** The user part of the caller's own address. */
  caller?: string
  /** SRTP by SDES keys in RTP/SAVP, or plain RTP/AVP. */
  srtp: boolean
  /** File of A-law octets that is played over and over. Absent: the caller sends no media. */
  audio?: string
  /** Who hangs up: the caller after so many milliseconds, or the bot within so many. */
  ends: { by: 'Caller'; afterMs: number } | { by: 'Bot'; withinMs: number }
  /** The caller accepts media that is offered again within the call (re-INVITE), and hangs up so long after the last offer. */
  acceptsOffers?: boolean
}

const message = (...lines: string[]) => `<![CDATA[\n\n${lines.map((line) => `      ${line}`).join('\n')}\n\n  ]]>`

const head = (caller: string, start: string, cseq: string, to: string) => [
  start,
  'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
  `From: <sip:${caller}@[local_ip]:[local_port]>;tag=[pid]s[call_number]`,
  `To: <sip:[service]@[remote_ip]:[remote_port]>${to}`,
  'Call-ID: [call_id]',
  `CSeq: ${cseq}`,
  'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>',
  'Max-Forwards: 70',
]

const sdp = (srtp: boolean) => [
  'v=0',
  'o=- 1 1 IN IP4 [local_ip]',
  's=-',
  'c=IN IP4 [media_ip]',
  't=0 0',
  `m=audio [rtpstream_audio_port] ${srtp ? 'RTP/SAVP' : 'RTP/AVP'} 8 101`,
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  ...(srtp ? ['a=crypto:[cryptotag1audio] [cryptosuiteaescm128sha1801audio] inline:[$key]'] : []),
]

/** Text of a scenario file. */
export function renderScenario({ caller = '+33612345678', srtp, audio, ends, acceptsOffers }: CallScenario): string {
  const invite = message(
    ...head(caller, 'INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0', '1 INVITE', ''),
    'Content-Type: application/sdp',
    'Content-Length: [len]',
    '',
    ...sdp(srtp),
  )
  const inDialog = (method: string, number: number) =>
    message(
      ...head(caller, `${method} [next_url] SIP/2.0`, `${number} ${method}`, '[peer_tag_param]').toSpliced(
        2,
        0,
        '[routes]',
      ),
      'Content-Length: 0',
    )
  const optional = ['100', '180', '182', '183'].map((status) => `  <recv response="${status}" optional="true"/>`)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<scenario name="a caller">',
    // SIPp makes another key each time that it is asked for one, and goes on to encrypt with the first.
    ...(srtp ? [`  <nop><action><assignstr assign_to="key" value="[cryptokeyparams1audio]"/></action></nop>`] : []),
    `  <send retrans="500" start_rtd="1">${invite}</send>`,
    ...optional,
    `  <recv response="200" rtd="1" rrs="true">${ANSWERED}</recv>`,
    `  <send>${inDialog('ACK', 1)}</send>`,
    ...(audio === undefined ? [] : [`  <nop><action><exec rtp_stream="${audio},-1,8"/></action></nop>`]),
    ...(ends.by === 'Caller'
      ? [
          ...(acceptsOffers ? offersFor(ends.afterMs, srtp) : [`  <pause milliseconds="${ends.afterMs}"/>`]),
          `  <nop>${OVER}</nop>`,
          `  <send retrans="500">${inDialog('BYE', 2)}</send>`,
          '  <recv response="200"/>',
        ]
      : [`  <recv request="BYE" timeout="${ends.withinMs}">${OVER}</recv>`, `  <send>${answer()}</send>`]),
    '</scenario>',
    '',
  ].join('\n')
}

const answer = (body: readonly string[] = []) =>
  message(
    'SIP/2.0 200 OK',
    ...['Via', 'Record-Route', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `[last_${name}:]`),
    ...(body.length === 0
      ? ['Content-Length: 0']
      : [
          'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>',
          'Content-Type: application/sdp',
          'Content-Length: [len]',
          '',
          ...body,
        ]),
  )

/** Each offer is answered, and the wait begins again. */
const offersFor = (milliseconds: number, srtp: boolean) => [
  '  <label id="1"/>',
  `  <recv request="INVITE" timeout="${milliseconds}" ontimeout="2"/>`,
  `  <send>${answer(sdp(srtp))}</send>`,
  '  <recv request="ACK" next="1"/>',
  '  <label id="2"/>',
]
