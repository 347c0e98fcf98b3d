import { mutate } from '../mutate.ts'
import { EDGE, MEDIA_PORT, NEIGHBOUR, PUBLIC } from './sites.ts'
import { octetsOf } from './sip-text.ts'

type Next = (below: number) => number
const of = <T>(next: Next, all: readonly T[]): T => all[next(all.length)]!

/** Addresses at which no party of a call can be, and ways to write them that one reader takes and another doesn't. */
const ADDRESSES = [
  ...['127.0.0.1', '127.0.0.2', '169.254.169.254', '169.254.1.1', '168.63.129.16', '100.100.100.200', '0.0.0.1'],
  ...['224.0.0.1', '239.1.1.1/127', '255.255.255.255', EDGE, PUBLIC, '127.1', '0177.0.0.1', '2130706433', '0x7f000001'],
  ...['127.000.000.001', '127.0.0.1/127', '127.0.0.1 ', '127.0.0.1\t', '127.0.0.1.', '127.0.0.1\0', '127.0.0.1#'],
  ...['localhost', 'metadata.google.internal', 'localhost.', '::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254'],
  ...['fe80::1', 'ff02::1', '[::1]', '64:ff9b::7f00:1', '', '1.2.3', '999.1.1.1', '-1.0.0.1', '*'],
]
/** Ports of systems, of the edge and of the relay, and numbers that aren't plain digits. */
const PORTS = [
  ...['53', '053', '00053', '+53', '0x35', '0065', ' 53', '\t53', '53\t', '53.0', '5.3e1', '65589', '131125', '-65483'],
  ...['4294967349', '18446744073709551669', '1', '22', '123', '1023', '2223', '02223', '5060', '5071', '5080', '5090'],
  ...['20000', '20001', '40000', '40001', '0', '-1', '65536', '99999999999999999999', '', '53/2', '4000/2', '30000/0'],
  ...['30000/65535', '30000/-1', '53\0', '\u00b253', '53,30000', '0'],
]
const NETS = ['IN IP4', 'IN  IP4', 'IN\tIP4', 'in ip4', 'IN IP6', 'IN IP4 ', 'IN IP5', 'XX IP4', 'IN']
const CONTROLS = ['\0', '\0\0', '\x01', '\x0b', '\x0c', '\x1a', '\x7f', '\x85', '\xff', '\u00a0']
const PROTOCOLS = [
  ...['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'UDP/TLS/RTP/SAVPF', 'TCP/RTP/AVP', 'udptl'],
  ...['UDPTL', 'TCP/MSRP', 'TCP/TLS/MSRP', 'DTLS/SCTP', 'UDP/BFCP', 'udp', 'rtp/avp', 'RTP/AVP/', 'RTP', ''],
]
const KINDS = ['audio', 'video', 'image', 'message', 'application', 'text', 'AUDIO', 'audio ', '', 'a'.repeat(300)]
const ENDS = ['\r', '\n', '\r\r\n', '\n\r', '\r\n\r\n', '\0\r\n', ' \r\n', '\x0b', '']
const ODD_LINES = [
  ...['a=group:BUNDLE 0 1', 'a=mid:0', 'a=mid:1', 'a=rtcp-mux', 'a=rtcp-rsize', 'a=setup:actpass', 'a=setup:active'],
  ...['a=fingerprint:sha-256 00:11:22:33', 'a=tls-id:1', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuv'],
  ...[
    'a=ice-lite',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:',
    'a=crypto:0 NULL inline:AAAA|2^999|1:9',
    'a=inactive',
  ],
  ...[
    'a=sendonly',
    'a=recvonly',
    'a=ptime:0',
    'a=ptime:-1',
    'a=maxptime:99999999999',
    'a=',
    'a',
    '=',
    'a=:',
    'a=rtpmap:',
  ],
  ...[
    'a=rtpmap:8 PCMA/0',
    'a=rtpmap:256 X/8000',
    'a=rtpmap:8 PCMA/8000/999',
    'a=fmtp:8 \0',
    'a=ssrc:1 cname:x',
    'b=AS:-1',
  ],
  ...['k=clear:x', 'z=0 0', 'r=1', 'u=http://x', 'e=x', 'p=1', 'x=1', 'a=extmap:1 urn:x', 'a=T38FaxVersion:0', 't=1 1'],
  ...[
    'a=rtcp-fb:* nack',
    'a=end-of-candidates',
    'a=source-filter: incl IN IP4 * 127.0.0.1',
    'a=path:msrp://127.0.0.1:53/x;tcp',
  ],
  ...['a=alt:1 1 : a b 127.0.0.1 53', 'a=rtpengine:x', 'a=remote-candidates:1 127.0.0.1 53', 'v=0', 's=', 'i=x'],
]

const connection = (next: Next) => `c=${of(next, NETS)} ${of(next, ADDRESSES)}`
const media = (next: Next) => `m=${of(next, KINDS)} ${of(next, PORTS)} ${of(next, PROTOCOLS)} 8 101`
const rtcp = (next: Next) =>
  of(next, [
    `a=rtcp:${of(next, PORTS)}`,
    `a=rtcp:${of(next, PORTS)} ${of(next, NETS)} ${of(next, ADDRESSES)}`,
    `a=rtcp:${MEDIA_PORT + 1} IN IP4 ${of(next, ADDRESSES)}`,
    `A=RTCP:${of(next, PORTS)}`,
    `a=rtcp: ${of(next, PORTS)} IN IP4 ${of(next, ADDRESSES)}`,
  ])
const candidate = (next: Next) =>
  `a=candidate:1 ${1 + next(2)} ${of(next, ['UDP', 'udp', 'TCP'])} 2130706431 ${of(next, ADDRESSES)} ${of(next, PORTS)} typ ${of(next, ['host', 'srflx raddr 127.0.0.1 rport 53', 'relay'])}`
const hostileLine = (next: Next) =>
  of(next, [connection, media, rtcp, candidate, (by: Next) => of(by, ODD_LINES)])(next)

type Change = (lines: string[], next: Next) => string | string[]
const insert = (lines: string[], at: number, ...more: string[]) => [...lines.slice(0, at), ...more, ...lines.slice(at)]
const indexes = (lines: readonly string[], begin: string) =>
  lines.flatMap((line, at) => (line.startsWith(begin) ? [at] : []))
/** Changes one of the lines that begin so. */
const change = (lines: string[], begin: string, next: Next, how: (line: string) => string): string[] => {
  const found = indexes(lines, begin)
  if (found.length === 0) return insert(lines, next(lines.length), how(begin))
  const chosen = of(next, found)
  return lines.map((line, at) => (at === chosen ? how(line) : line))
}
const hidden = (next: Next, by: string) =>
  `${of(next, ['a=x', 's=', 'a=rtpmap:8 PCMA/8000', 'i='])}${by}${hostileLine(next)}`

const CHANGES: readonly Change[] = [
  (lines, next) => change(lines, 'm=', next, (line) => line.replace(/ \d+/, ` ${of(next, PORTS)}`)),
  (lines, next) => change(lines, 'c=', next, () => connection(next)),
  (lines, next) => change(lines, 'c=', next, (line) => line.replace(/[\d.]+$/, of(next, ADDRESSES))),
  (lines, next) => change(lines, 'o=', next, (line) => line.replace(/[\d.]+$/, of(next, ADDRESSES))),
  (lines, next) => insert(lines, next(lines.length), rtcp(next)),
  (lines, next) => insert(lines, lines.length - 1, rtcp(next)),
  (lines, next) => insert(lines, next(lines.length), connection(next)),
  (lines, next) => insert(lines, lines.length - 1, connection(next)),
  (lines, next) => insert(lines, lines.length - 1, media(next), connection(next)),
  (lines, next) => insert(lines, next(lines.length), media(next)),
  (lines, next) =>
    insert(lines, lines.length - 1, 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuv', candidate(next)),
  (lines, next) => insert(lines, next(lines.length), of(next, ODD_LINES)),
  // What follows is hidden from a reader that ends at a control octet, or that knows another end of a line.
  (lines, next) => insert(lines, next(lines.length), hidden(next, `${of(next, CONTROLS)}\r\n`)),
  (lines, next) => insert(lines, next(lines.length), hidden(next, of(next, ENDS))),
  (lines, next) =>
    insert(lines, next(2), `${of(next, CONTROLS)}`).map((line, at) => (at === 3 ? connection(next) : line)),
  (lines, next) => change(lines, 'm=', next, (line) => line.replace('RTP/AVP', of(next, PROTOCOLS))),
  (lines, next) => change(lines, of(next, ['m=', 'c=']), next, (line) => of(next, [' ', '\t', '\0']) + line),
  (lines, next) =>
    change(lines, of(next, ['m=', 'c=']), next, (line) => line.replace('=', of(next, [' =', '= ', '=\t']))),
  (lines, next) => lines.join(of(next, ENDS)),
  (lines, next) => lines.map((line) => (next(4) === 0 ? line + of(next, ENDS) : `${line}\r\n`)).join(''),
  (lines, next) => [...lines.slice(0, -1), ...lines.map((line) => (line.startsWith('c=') ? connection(next) : line))],
  (lines, next) => lines.filter((line) => !line.startsWith(of(next, ['c=', 'm=', 'v=', 'o=', 't=']))),
  (lines, next) => insert(lines, next(lines.length), ...Array.from({ length: 1 + next(900) }, () => hostileLine(next))),
  (lines, next) =>
    insert(lines, next(lines.length), of(next, ['a', '\n', ' ', '\r', '\0', '=']).repeat(1 + next(40_000))),
  (lines, next) => mutate([octetsOf(lines.join('\r\n'))], next).toString('latin1'),
  () => '',
]

/**
 * One to three changes of a description, above all of where its media goes.
 * Nobody is aimed at who could rightly be called: a neighbour's telephone isn't among the addresses.
 */
export function mutateSdp(body: Buffer, next: Next): Buffer {
  let text = body.toString('latin1')
  for (let left = 1 + next(3); left > 0; left--) {
    const changed = of(next, CHANGES)(text.split('\r\n'), next)
    text = typeof changed === 'string' ? changed : changed.join('\r\n')
  }
  return octetsOf(text.replaceAll(NEIGHBOUR.caller, '198.51.100.10').slice(0, 60_000))
}
