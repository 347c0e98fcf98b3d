import { expect } from 'chai'
import { parseFlow } from '../../../src/api/parse-flow.ts'
import { readPublished } from '../../../src/rules/published-config.ts'
import { readAnswer, type OperationEnd, type Unusable } from '../../../src/rules/http/response.ts'
import type { Operation } from '../../../src/rules/http/request.ts'
import { conversationAnswerOf } from '../../../src/voice/llm/chat-completions.ts'
import { transcriptionOf } from '../../../src/voice/speech/openai-requests.ts'
import { readRtcp } from '../../../src/wire/rtcp/packet.ts'
import { readSdp } from '../../../src/wire/sdp/read.ts'
import { parseChallenge } from '../../../src/wire/sip/digest.ts'
import { defaultLimits } from '../../../src/wire/sip/limits.ts'
import { parseMessage } from '../../../src/wire/sip/parse-datagram.ts'
import { understandRequest } from '../../../src/wire/sip/parse-headers.ts'
import { costOf } from '../../harness/event-loop.ts'
import { PlayedCall } from '../../harness/flows.ts'

/** docs/bounds.md names each of these. */
const MOST_MS = 50

const repeated = (pattern: string, length: number) => pattern.repeat(Math.max(1, Math.floor(length / pattern.length)))

/** A request whose head is as long as it may be, by one header made of a pattern. */
function invite(header: string, pattern: string): Buffer {
  const before =
    'INVITE sip:+33199000001@edge SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:b@c>\r\n' +
    `Call-ID: a\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@b>\r\n${header}: `
  return Buffer.from(`${before}${repeated(pattern, defaultLimits.headOctets - before.length - 8)}\r\n\r\n`)
}

const HEADERS = ['X', 'Via', 'From', 'To', 'Contact', 'Record-Route', 'Supported', 'Authorization', 'Call-ID', 'CSeq']
const SIP_PATTERNS = [
  'a',
  ' ',
  '\t',
  ',',
  ';',
  ';a',
  ';a=b',
  '"',
  '\\"',
  '<',
  '<sip:a@b>,',
  '(',
  '%41',
  '\r\n ',
  ':',
  '@',
  '=',
  'a, ',
]
const SDP_PATTERNS = [
  'a=x\r\n',
  'a',
  'm=audio 1 RTP/AVP 0\r\n',
  'm=audio 1 RTP/AVP 0 ',
  ' ',
  'a=crypto:1 ',
  'a=rtpmap:0 PCMU/8000\r\n',
  'c=IN IP4 1\r\n',
]

const operation = {
  outcomes: [],
  output: Array.from({ length: 20 }, (_, index) => ({ name: `o${index}`, pointer: `/a/0${'/b'.repeat(100)}` })),
} as unknown as Operation

const JSONS: Readonly<Record<string, (length: number) => string>> = {
  'lists in lists': (length) => repeated('[', length / 2) + repeated(']', length / 2),
  'objects in objects': (length) => `${repeated('{"a":', length / 7)}1${repeated('}', length / 7)}`,
  'many members': (length) => `{${Array.from({ length: length / 10 }, (_, index) => `"${index}":1`).join(',')}}`,
  'one text': (length) => JSON.stringify('x'.repeat(length)),
  'many escapes': (length) => `"${repeated('\\u0041', length)}"`,
  numbers: (length) => `[${repeated('1e9,', length)}1]`,
}
const attempt = (work: () => unknown) => () => {
  try {
    return work()
  } catch {
    return undefined
  }
}

describe('the largest input of each kind takes less than 50 ms', function () {
  this.timeout(120_000)

  it('a SIP message, whatever its head is made of', () => {
    for (const header of HEADERS) {
      for (const pattern of SIP_PATTERNS) {
        const octets = invite(header, pattern)
        const work = () => {
          const message = parseMessage(octets)
          return message.kind === 'request' ? understandRequest(message) : message
        }
        expect(costOf(work, 2), `${header}: ${JSON.stringify(pattern)}`).to.be.below(MOST_MS)
      }
    }
  })

  it('a session description', () => {
    for (const pattern of SDP_PATTERNS) {
      const body = `v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n${repeated(pattern, defaultLimits.bodyOctets - 60)}`
      expect(
        costOf(() => readSdp(Buffer.from(body)), 2),
        JSON.stringify(pattern),
      ).to.be.below(MOST_MS)
    }
  })

  it('a challenge of a trunk', () => {
    for (const pattern of ['a="b",', 'a=', '"', '\\', ' ', ',']) {
      expect(
        costOf(() => parseChallenge(`Digest ${repeated(pattern, 32_000)}`), 2),
        pattern,
      ).to.be.below(MOST_MS)
    }
  })

  it('a packet of RTCP', () => {
    for (const type of [200, 201, 202, 203, 204]) {
      const packet = Buffer.alloc(65_507)
      for (let at = 0; at + 4 <= packet.length; at += 4) packet.writeUInt32BE(0x81000000 + (type << 16), at)
      expect(
        costOf(() => readRtcp(packet), 2),
        String(type),
      ).to.be.below(MOST_MS)
    }
  })

  it("an answer of a client's web service", () => {
    for (const [what, make] of Object.entries(JSONS)) {
      const body = Buffer.from(make(256_000))
      const read = (): OperationEnd | Unusable => readAnswer(operation, 200, body)
      expect(costOf(attempt(read), 2), what).to.be.below(MOST_MS)
    }
  })

  it('an answer of a server that hears, and of a language model: what is longer than words can be is none', () => {
    for (const [what, make] of Object.entries(JSONS)) {
      for (const length of [65_000, 16_000_000]) {
        const answer = { status: 200, body: Buffer.from(make(length)) }
        const chat = { choices: [{ message: { content: make(Math.min(length, 60_000)) } }] }
        expect(
          costOf(
            attempt(() => transcriptionOf(answer)),
            2,
          ),
          what,
        ).to.be.below(MOST_MS)
        expect(
          costOf(
            attempt(() => conversationAnswerOf(answer)),
            2,
          ),
          what,
        ).to.be.below(MOST_MS)
        const inside = { status: 200, body: Buffer.from(JSON.stringify(chat)) }
        expect(
          costOf(
            attempt(() => conversationAnswerOf(inside)),
            2,
          ),
          what,
        ).to.be.below(MOST_MS)
      }
    }
  })

  it('what an edge reads of a ConfigMap', () => {
    for (const [what, make] of Object.entries(JSONS)) {
      const published = make(1_000_000)
      const work = attempt(() => readPublished(published, (told) => told))
      expect(costOf(work), what).to.be.below(MOST_MS)
    }
  })

  it('a move of a dialog through as many words as steps can hold', () => {
    const text = '{a}'.repeat(333)
    const says = Array.from({ length: 98 }, (_, index) => ({ name: `s${index}`, say: { text }, next: `s${index + 1}` }))
    const parsed = parseFlow({
      steps: [
        { name: 'ask', ask: { text: 'x', field: 'a', slot: { type: 'Phone' }, confirm: 'Never' }, next: 's0' },
        ...says,
        { name: 's98', hangUp: {} },
      ],
    })
    if (!('value' in parsed)) throw new Error('the flow is not valid')
    const answer = () => new PlayedCall(parsed.value).hears('zéro six trente-neuf 98 00 42')
    expect(answer().said.length).to.be.above(1_000)
    expect(costOf(answer, 2)).to.be.below(MOST_MS)
  })
})
