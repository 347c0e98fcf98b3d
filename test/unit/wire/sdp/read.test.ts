import { expect } from 'chai'
import fc from 'fast-check'
import { readSdp } from '../../../../src/wire/sdp/read.ts'
import { attribute, attributes, type Sdp } from '../../../../src/wire/sdp/sdp.ts'
import { plainAudio, sdpOf, video } from '../../../harness/sdp.ts'

const HEAD = ['v=0', 'o=- 1 2 IN IP4 192.0.2.1', 's=-', 't=0 0']
const read = (...lines: string[]) => readSdp(Buffer.from(lines.map((line) => `${line}\r\n`).join('')))
const fault = (...lines: string[]) => (read(...lines) as { because?: string }).because

describe('reading a session description', () => {
  it('finds media, their addresses and attributes, flags and values', () => {
    const sdp = readSdp(sdpOf(plainAudio('c=IN IP6 2001:db8::1', 'a=rtcp-mux', 'a=ptime: 20'), video)) as Sdp
    expect(sdp.origin).to.deep.equal({
      sessionId: '1394857',
      version: '1',
      address: { family: 'IP4', address: '192.0.2.16' },
    })
    const [audio, second] = sdp.media
    expect(audio).to.deep.include({ type: 'audio', port: 40_562, protocol: 'RTP/AVP', formats: ['0', '8', '101'] })
    expect(audio!.connection).to.deep.equal({ family: 'IP6', address: '2001:db8::1' })
    expect([attribute(audio!, 'rtcp-mux'), attribute(audio!, 'ptime'), attribute(audio!, 'x')]).to.deep.equal([
      '',
      '20',
      undefined,
    ])
    expect(second!.connection).to.equal(undefined)
    expect(attributes(second!, 'rtpmap')).to.deep.equal(['96 H264/90000'])
  })

  it('takes lines that end with LF alone, and an end without one (RFC 8866 5)', () => {
    expect(readSdp(Buffer.from(HEAD.join('\n')))).to.have.property('media')
    expect(readSdp(Buffer.from(HEAD.join('\r\n')))).to.have.property('media')
  })

  it('reads over lines that have no meaning for a call', () => {
    const lines = [
      'i=a',
      'u=http://a',
      'e=a@b',
      'p=+1',
      'c=IN IP4 192.0.2.1',
      'b=AS:64',
      't=0 0',
      'r=1 2',
      'z=0 0',
      'k=clear:x',
    ]
    expect(
      read(...HEAD.slice(0, 3), ...lines, 'm=audio 9000 RTP/AVP 0', 'i=x', 'b=TIAS:1', 'k=clear:y'),
    ).to.have.property('media')
  })

  it('says what is wrong, in words that hold nothing of it', () => {
    expect(fault()).to.equal('it does not begin with v=0')
    expect(fault('v=1', ...HEAD.slice(1))).to.equal('it does not begin with v=0')
    expect(fault('v=0', 's=-')).to.equal('o= is missing')
    expect(fault('v=0', HEAD[1]!)).to.equal('s= is missing')
    expect(fault('v=0', 'o=- x 2 IN IP4 a', 's=-')).to.equal('o= can not be read')
    expect(fault('v=0', 'o=- 1 2 ATM IP4 a', 's=-')).to.equal('o= can not be read')
    expect(fault(...HEAD, 'hello')).to.equal('a line is not of the form x=')
    expect(fault(...HEAD, 'x=1')).to.equal('a line stands where none of its kind may')
    expect(fault(...HEAD, 'v=0')).to.equal('v= is there twice')
    expect(fault(...HEAD, 'c=IN IP4')).to.equal('c= can not be read')
    expect(fault(...HEAD, 'a=')).to.equal('the name of an attribute can not be read')
    expect(fault(...HEAD, 'm=audio 70000 RTP/AVP 0')).to.equal('m= can not be read')
    expect(fault(...HEAD, 'm=audio 9000 RTP/AVP')).to.equal('the formats of m= can not be read')
    expect(fault(...HEAD, 'm=audio 9/2 RTP/AVP 0')).to.equal('m= asks for several ports')
    expect(fault(...HEAD, 'm=audio 9000 RTP/AVP 0', 't=0 0')).to.equal('a line stands where none of its kind may')
  })

  it('refuses what is larger than any call needs', () => {
    expect(fault(...HEAD, `a=x:${'y'.repeat(17_000)}`)).to.equal('the session description is too long')
    expect(fault(...HEAD, ...Array.from({ length: 400 }, () => 'a=x'))).to.equal(
      'the session description has too many lines',
    )
    expect(fault(...HEAD, ...Array.from({ length: 17 }, () => 'm=audio 0 RTP/AVP 0'))).to.equal(
      'there are too many media',
    )
  })

  it('never throws, whatever the octets', () => {
    const line = fc.tuple(fc.constantFrom(...'vosiuepcbtrzkamx'), fc.string({ unit: 'binary', maxLength: 40 }))
    const lines = fc.array(
      line.map(([letter, value]) => `${letter}=${value}`),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          lines.map((all) => Buffer.from([...HEAD, ...all].join('\r\n'))),
        ),
        (octets) => {
          const result = readSdp(octets)
          expect('kind' in result || Array.isArray(result.media)).to.equal(true)
        },
      ),
      { numRuns: 300 },
    )
  })
})
