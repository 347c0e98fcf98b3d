import { expect } from 'chai'
import { Framer } from '../../../../src/wire/sip/framer.ts'
import { defaultLimits } from '../../../../src/wire/sip/limits.ts'
import { header, headers, type SipFault, type SipRequest } from '../../../../src/wire/sip/message.ts'
import { parseMessage } from '../../../../src/wire/sip/parse-datagram.ts'
import { field, serialise } from '../../../../src/wire/sip/serialise.ts'

const lines = (...texts: string[]) => Buffer.from(texts.join('\r\n') + '\r\n\r\n')
const START = 'OPTIONS sip:bot@example.com SIP/2.0'
const fault = (octets: Buffer) => {
  const { kind, status, because } = parseMessage(octets) as SipFault
  return [kind, status, because]
}

describe('reading a SIP message', () => {
  it('knows compact forms, any case of a name, and folding (RFC 3261 7.3)', () => {
    const read = parseMessage(lines(START, 'v: one', 'VIA : two,', ' \t three', 'i:  4  ', 'X-Own: 5'))
    const request = read as SipRequest
    expect(headers(request, 'via')).to.deep.equal(['one', 'two, three'])
    expect(header(request, 'call-id')).to.equal('4')
    expect(request.headers.map(({ name }) => name)).to.deep.equal(['v', 'VIA', 'i', 'X-Own'])
  })

  it('takes a field whose name is no token for malformed, and hands it on to nobody (RFC 3261 25.1)', () => {
    for (const line of ['X(y): 1', 'X y: 1', ': 1', '"To": b']) {
      const broken = parseMessage(lines(START, 'Via: a', line, 'To: b')) as SipFault
      expect([broken.kind, broken.because], line).to.deep.equal(['fault', 'a header field is malformed'])
      expect(broken.request?.headers.map(({ id }) => id)).to.deep.equal(['via', 'to'])
    }
  })

  it('passes over empty lines before the start line (RFC 3261 7.5)', () => {
    const read = parseMessage(Buffer.concat([Buffer.from('\r\n\r\n'), lines(START, 'i: 4')]))
    expect(header(read as SipRequest, 'call-id')).to.equal('4')
  })

  it('takes a CR or LF alone for no line end, and does not hand on the value that holds it', () => {
    const torn = parseMessage(lines(START, 'To: a\nFrom: b', 'Via: c')) as SipFault
    expect([torn.status, torn.because]).to.deep.equal([400, 'a CR or LF stands alone'])
    expect(torn.request?.headers.map(({ id }) => id)).to.deep.equal(['via'])
    expect(fault(lines(START, 'To: a\rb'))[1]).to.equal(400)
    expect(fault(Buffer.from(`${START}\r\nTo: a\r`))[1]).to.equal(400)
  })

  it('refuses what is larger than its limits, and says which', () => {
    expect(fault(lines(`OPTIONS sip:${'a'.repeat(5_000)} SIP/2.0`)).slice(1)).to.deep.equal([
      414,
      'the start line is too long',
    ])
    const many = Array.from({ length: defaultLimits.headers + 1 }, () => 'Via: a')
    expect(fault(lines(START, ...many)).slice(1)).to.deep.equal([513, 'there are too many header fields'])
    expect(fault(lines(START, `X: ${'x'.repeat(40_000)}`)).slice(1)).to.deep.equal([513, 'the head is too large'])
    expect(fault(lines(START, 'Content-Length: 65537')).slice(1)).to.deep.equal([513, 'the body is too large'])
    const long = Buffer.concat([lines(START), Buffer.alloc(65_537)])
    expect(fault(long).slice(1)).to.deep.equal([513, 'the body is too large'])
  })

  it('keeps enough of a malformed request to answer it, and nothing of what is no request', () => {
    const broken = parseMessage(lines(START, 'Via: a', 'no colon here', 'To: b')) as SipFault
    expect(broken.request?.headers.map(({ id }) => id)).to.deep.equal(['via', 'to'])
    for (const start of [
      'GET / HTTP/1.1',
      'SIP/2.0 99 Low',
      'SIP/2.0 700 High',
      'SIP/3.0 200 OK',
      '',
      'OPTIONS',
      ' SIP/2.0',
    ]) {
      expect(parseMessage(lines(start, 'Via: a')), start).to.deep.include({ kind: 'fault', request: undefined })
    }
  })

  it('takes a missing Content-Length in a datagram for "to its end" (RFC 3261 18.3)', () => {
    const read = parseMessage(Buffer.concat([lines(START), Buffer.from('body')])) as SipRequest
    expect(Buffer.from(read.body).toString()).to.equal('body')
  })
})

describe('reading a stream of SIP', () => {
  it('demands Content-Length, and reads nothing after a fault', () => {
    const framer = new Framer()
    const [found] = framer.push(lines(START, 'Via: a'))
    expect(found).to.deep.include({ kind: 'fault', status: 400, because: 'Content-Length is missing on a stream' })
    expect(framer.push(lines(START, 'Content-Length: 0'))).to.deep.equal([])
    expect(framer.midway).to.equal(false)
  })

  it('stops at a head that never ends', () => {
    const framer = new Framer()
    framer.push(Buffer.from(`${START}\r\nX: `))
    expect(framer.midway).to.equal(true)
    const found = framer.push(Buffer.alloc(defaultLimits.headOctets, 'x'))
    expect(found).to.deep.equal([{ kind: 'fault', status: 513, because: 'the head is too large' }])
  })

  it('tells a ping of two CRLFs from a pong of one (RFC 5626 4.4.1)', () => {
    const framer = new Framer()
    expect(framer.push(Buffer.from('\r\n\r\n\r\n'))).to.deep.equal([{ kind: 'ping' }, { kind: 'pong' }])
    expect(framer.push(Buffer.from('\r'))).to.deep.equal([])
    expect(framer.push(Buffer.from('x'))).to.deep.equal([{ kind: 'fault', status: 400, because: 'a CR stands alone' }])
  })

  it('lets a body that it gave out stay as it was, whatever comes after', () => {
    const framer = new Framer()
    const one = Buffer.concat([lines(START, 'Content-Length: 4'), Buffer.from('keep')])
    const [first] = framer.push(one)
    for (let turn = 0; turn < 200; turn++)
      framer.push(Buffer.concat([lines(START, 'Content-Length: 4'), Buffer.from('lose')]))
    expect(Buffer.from((first as SipRequest).body).toString()).to.equal('keep')
  })
})

describe('writing a SIP message', () => {
  const request = (extra: SipRequest['headers'], uri = 'sip:a@b'): SipRequest => {
    return { kind: 'request', method: 'OPTIONS', uri, headers: extra, body: Buffer.from('é'), charset: 'utf8' }
  }

  it('counts the octets of the body, whatever Content-Length said', () => {
    const octets = serialise(request([field('Content-Length', 99), field('To', 'b')]))
    expect(octets.toString()).to.equal('OPTIONS sip:a@b SIP/2.0\r\nTo: b\r\nContent-Length: 2\r\n\r\né')
  })

  it('refuses a line break in a value, since it would become a header field', () => {
    expect(() => serialise(request([field('To', 'a\r\nEvil: yes')]))).to.throw(RangeError, 'to holds a line break')
    expect(() => serialise(request([], 'sip:a@b SIP/2.0\r\nEvil: yes'))).to.throw(RangeError, 'start line')
  })
})
