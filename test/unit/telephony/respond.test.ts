import { expect } from 'chai'
import { respond, statelessTag } from '../../../src/telephony/respond.ts'
import type { SipRequest } from '../../../src/wire/sip/message.ts'
import { field } from '../../../src/wire/sip/serialise.ts'

const request = (via: string, to = '<sip:bot@example.com>'): SipRequest => ({
  kind: 'request',
  method: 'OPTIONS',
  uri: 'sip:bot@example.com',
  headers: [
    field('Via', via),
    field('v', 'SIP/2.0/TLS far.example.com;branch=z9hG4bK2'),
    field('Subject', 'not copied'),
    field('From', '<sip:a@example.com>;tag=1'),
    field('To', to),
    field('Call-ID', 'x'),
    field('CSeq', '1 OPTIONS'),
  ],
  body: Buffer.alloc(0),
  charset: 'utf8',
})
const answer = (via: string, address = '192.0.2.9', to?: string) =>
  respond(request(via, to), { address, port: 4711 }, { status: 200, toTag: 'mine' }).headers.map(
    ({ name, value }) => `${name}: ${value}`,
  )

describe('a response', () => {
  it('copies Via, From, To, Call-ID and CSeq in their order, and gives To a tag (RFC 3261 8.2.6.2)', () => {
    expect(answer('SIP/2.0/TLS 192.0.2.9;branch=z9hG4bK1')).to.deep.equal([
      'Via: SIP/2.0/TLS 192.0.2.9;branch=z9hG4bK1',
      'v: SIP/2.0/TLS far.example.com;branch=z9hG4bK2',
      'From: <sip:a@example.com>;tag=1',
      'To: <sip:bot@example.com>;tag=mine',
      'Call-ID: x',
      'CSeq: 1 OPTIONS',
    ])
  })

  it('leaves the tag of a To that has one', () => {
    for (const to of ['<sip:a@b>;tag=theirs', '<sip:a@b> ; Tag = theirs', 'sip:a@b;tag=theirs']) {
      expect(answer('SIP/2.0/TLS 192.0.2.9', '192.0.2.9', to)).to.include(`To: ${to}`)
    }
    expect(answer('SIP/2.0/TLS 192.0.2.9', '192.0.2.9', '<sip:a@b;tag=uri>')).to.include(
      'To: <sip:a@b;tag=uri>;tag=mine',
    )
  })

  it('says in the topmost Via where the request came from (RFC 3261 18.2.1), and the port if asked (RFC 3581 4)', () => {
    const topmost = (via: string, address?: string) => answer(via, address)[0]
    expect(topmost('SIP/2.0/TLS a.example.com;branch=z9hG4bK1')).to.equal(
      'Via: SIP/2.0/TLS a.example.com;branch=z9hG4bK1;received=192.0.2.9',
    )
    expect(topmost('SIP/2.0/TLS 192.0.2.9;rport')).to.equal('Via: SIP/2.0/TLS 192.0.2.9;received=192.0.2.9;rport=4711')
    expect(topmost('SIP/2.0/TLS [2001:db8::1]:5061', '2001:db8::1')).to.equal('Via: SIP/2.0/TLS [2001:db8::1]:5061')
    expect(topmost('SIP/2.0/TLS a;received=203.0.113.1')).to.equal('Via: SIP/2.0/TLS a;received=192.0.2.9')
    expect(topmost('SIP/2.0/TLS a, SIP/2.0/TCP b')).to.equal('Via: SIP/2.0/TLS a;received=192.0.2.9, SIP/2.0/TCP b')
    expect(topmost('nonsense')).to.equal('Via: nonsense')
  })

  it('copies what may stand once only once, also from a request that repeats it', () => {
    const twice = {
      ...request('SIP/2.0/TLS 192.0.2.9'),
      headers: [...request('a').headers, field('To', 'again'), field('CSeq', '2 X')],
    }
    const ids = respond(twice, { address: '192.0.2.9', port: 1 }, { status: 400, toTag: 'mine' }).headers.map(
      ({ id }) => id,
    )
    expect(ids).to.deep.equal(['via', 'via', 'from', 'to', 'call-id', 'cseq'])
  })

  it('has the same To tag for the same request, another for another, and one that nobody guesses', () => {
    const secret = Buffer.alloc(32, 7)
    const tag = statelessTag(secret, request('SIP/2.0/TLS a'))
    expect(tag).to.match(/^[\w-]{16}$/)
    expect(statelessTag(secret, request('SIP/2.0/TLS a'))).to.equal(tag)
    expect(statelessTag(secret, request('SIP/2.0/TLS b'))).not.to.equal(tag)
    expect(statelessTag(Buffer.alloc(32, 8), request('SIP/2.0/TLS a'))).not.to.equal(tag)
  })
})
