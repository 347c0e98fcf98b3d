import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import peer from 'sip'
import type { SipMessage, SipRequest } from '../../src/wire/sip/message.ts'
import { parseMessage } from '../../src/wire/sip/parse-datagram.ts'
import { serialise } from '../../src/wire/sip/serialise.ts'
import { understandRequest } from '../../src/wire/sip/parse-headers.ts'

// node bench/voice/parse.ts [--rounds N]: SIP messages read and written, ours beside the npm package `sip` 0.0.6, turn by turn in one process.

const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1] ?? 0) || 9
const PER_ROUND = 20_000

const sdp = [
  ...[
    'v=0',
    'o=- 1394857 1 IN IP4 192.0.2.16',
    's=-',
    'c=IN IP4 192.0.2.16',
    't=0 0',
    'm=audio 40562 RTP/SAVP 8 0 101',
  ],
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj',
  ...['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', ''],
].join('\r\n')
const invite = Buffer.from(
  [
    'INVITE sip:+33140205050@bot-7.town-hall.svc;transport=tls SIP/2.0',
    'Record-Route: <sip:10.244.1.7:5061;transport=tls;lr;did=ab1.77>',
    'Via: SIP/2.0/TLS 10.244.1.7:5061;branch=z9hG4bK5d8e.2f3a1b7c9d0e4f6a8b1c3d5e7f9a0b2c.0',
    'Via: SIP/2.0/TLS carrier.example.net:5061;received=192.0.2.15;rport=41233;branch=z9hG4bK776asdhds8a7sd6f',
    'Max-Forwards: 68',
    'From: "Mairie de Lyon" <sip:+33472103030@carrier.example.net;user=phone>;tag=gK0a4b5c6d',
    'To: <sip:+33140205050@callbots.example.org;user=phone>',
    'Call-ID: 1394857_100234857@192.0.2.15',
    'CSeq: 23987 INVITE',
    'Contact: <sip:+33472103030@192.0.2.15:5061;transport=tls>',
    'Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, INFO, OPTIONS',
    'Supported: timer, 100rel, replaces',
    'Session-Expires: 1800;refresher=uac',
    'P-Asserted-Identity: <sip:+33472103030@carrier.example.net>',
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n'),
)
const torture = readFileSync('test/fixtures/sip/rfc4475/longreq.dat')

// Both read all that a call needs: Via, From, To, CSeq, Contact, routes. The peer gets text, as its own transports hand it over.
const ours = (octets: Buffer) => {
  const message = parseMessage(octets) as SipRequest
  if (message.kind !== 'request' || 'kind' in understandRequest(message)) throw new Error('not understood')
  return serialise(message as SipMessage).length
}
const theirs = (octets: Buffer) => {
  const message = peer.parse(octets.toString('binary'))
  if (message === undefined) throw new Error('not understood')
  return Buffer.from(peer.stringify(message), 'binary').length
}

function microseconds(work: (octets: Buffer) => number, octets: Buffer): number {
  const start = process.cpuUsage()
  for (let turn = 0; turn < PER_ROUND; turn++) work(octets)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / PER_ROUND
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const rows = [
  ['INVITE of a carrier', invite],
  ['longreq of RFC 4475', torture],
].map(([name, octets]) => {
  const us: number[] = []
  const them: number[] = []
  for (let round = 0; round <= rounds; round++) {
    us.push(microseconds(ours, octets as Buffer))
    them.push(microseconds(theirs, octets as Buffer))
  }
  const [our, their] = [median(us.slice(1)), median(them.slice(1))]
  return {
    message: name,
    octets: (octets as Buffer).length,
    oursMicroseconds: our,
    sipMicroseconds: their,
    ratio: their / our,
  }
})

console.table(rows)
mkdirSync('out', { recursive: true })
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, date: new Date().toISOString() }
writeFileSync('out/bench-sip-parse.json', `${JSON.stringify({ machine, rounds, rows }, null, 2)}\n`)
