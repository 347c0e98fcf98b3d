import { expect } from 'chai'
import fc from 'fast-check'
import { outcomeOf } from '../../../../hack/calls/baresip.ts'
import { renderAccount, renderConfig, type CallerSettings } from '../../../../hack/calls/baresip-config.ts'
import { noActivity, withFrame } from '../../../../hack/calls/sound-activity.ts'
import { answerQuery } from '../../../../hack/calls/names.ts'
import { createNetstringReader, netstring } from '../../../../hack/calls/netstring.ts'
import { silence } from '../../../../hack/calls/sound.ts'

const tone = Int16Array.from({ length: 160 }, (_, index) => 4000 * Math.sin(index / 3))
const settings: CallerSettings = { folder: '/tmp/caller', transport: 'tls', srtp: 'Mandatory', codec: 'PCMA' }
const ports = { control: 4444, nameServer: 5353, rtp: 30_000 }

describe("what is said to baresip's remote control", () => {
  it('comes back whole, however the stream cuts it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 9 }), (texts, size) => {
        const read = createNetstringReader()
        const stream = Buffer.from(texts.map(netstring).join(''))
        const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
          stream.subarray(index * size, (index + 1) * size),
        )
        expect(pieces.flatMap(read)).to.deep.equal(texts)
      }),
    )
  })

  it('is noticed when it is no netstring', () => {
    expect(() => createNetstringReader()(Buffer.from('{"event":true}'))).to.throw('no netstring')
  })
})

describe('the end of a call, as baresip tells it', () => {
  it('is by the bot when a BYE came in an established call', () => {
    expect(outcomeOf('Connection reset by peer', true, false)).to.deep.equal({ ended: 'ByBot' })
  })
  it('is by the caller when the caller hung up', () => {
    expect(outcomeOf('Connection reset by user', true, true)).to.deep.equal({ ended: 'ByCaller' })
  })
  it('is a refusal with its status', () => {
    const refused = { ended: 'Refused', status: 488, reason: 'Not Acceptable Here' }
    expect(outcomeOf('488 Not Acceptable Here', false, false)).to.deep.equal(refused)
  })
  it('is broken for any other reason, and before an answer', () => {
    expect(outcomeOf('Connection timed out', true, false)).to.include({ ended: 'Broken' })
    expect(outcomeOf('Connection reset by peer', false, false)).to.include({ ended: 'Broken' })
  })
})

describe('a caller that listens', () => {
  it('tells one utterance with short pauses from two with a long one', () => {
    const pauses = (frames: number) => Array.from({ length: frames }, () => silence(0.02))
    const short = [tone, ...pauses(10), tone].reduce(withFrame, noActivity)
    expect(short).to.deep.include({ soundBegan: 0 })
    expect(short.soundEnded).to.be.closeTo(0.24, 1e-9)
    const long = [tone, ...pauses(25), tone].reduce(withFrame, noActivity)
    expect(long.soundBegan).to.be.closeTo(0.52, 1e-9)
    expect(long.soundSeconds).to.be.closeTo(0.04, 1e-9)
  })
})

describe('a caller of baresip', () => {
  it('offers SRTP only, proves who it is and believes one CA when an option says so', () => {
    const config = renderConfig({ ...settings, identity: { cert: '', key: '' }, ca: '' }, ports, '/modules')
    expect(config).to.include('sip_certificate /tmp/caller/identity.pem\n')
    expect(config).to.include('sip_cafile /tmp/caller/ca.pem\n')
    expect(renderAccount(settings, '+33612345678')).to.include(';mediaenc=srtp-mand')
    expect(renderAccount({ ...settings, srtp: 'None' }, '+33612345678')).not.to.include('mediaenc')
  })
})

describe("a caller's name server", () => {
  const query = (name: string, type = 1) =>
    Buffer.concat([
      Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
      Buffer.from([0, 0, type, 0, 1]),
    ])
  const names = { 'edge.svc': ['10.0.0.1', '10.0.0.2'] }

  it('gives the addresses of a name that it knows', () => {
    const answer = answerQuery(query('Edge.svc'), names)!
    expect(answer.readUInt16BE(0)).to.equal(0x1234)
    expect(answer.readUInt16BE(6)).to.equal(2)
    expect([...answer.subarray(-4)]).to.deep.equal([10, 0, 0, 2])
  })
  it('denies others, and has no records of other types', () => {
    expect(answerQuery(query('other.svc'), names)!.readUInt16BE(2) & 15).to.equal(3)
    const srv = answerQuery(query('edge.svc', 33), names)!
    expect([srv.readUInt16BE(2) & 15, srv.readUInt16BE(6)]).to.deep.equal([0, 0])
  })
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => void answerQuery(Buffer.from(octets), names)))
  })
})
