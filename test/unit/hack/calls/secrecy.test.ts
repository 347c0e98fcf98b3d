import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { alawOf } from '../../../../hack/calls/audio.ts'
import type { Packet } from '../../../../hack/calls/pcap.ts'
import { judgeSecrecy } from '../../../../hack/calls/secrecy.ts'
import { vowels } from '../../../harness/vowels.ts'

const header = (sequence: number) => Buffer.from([0x80, 8, 0, sequence, 0, 0, 0, sequence, 0, 0, 0, 1])
const udp = (payload: Buffer): Packet => ({
  at: 1,
  protocol: 'udp',
  from: '10.0.0.1:16384',
  to: '10.0.0.2:30000',
  payload,
  size: payload.length,
})
const tcp = (text: Buffer): Packet => ({
  at: 1,
  protocol: 'tcp',
  from: '10.0.0.9:40000',
  to: '10.0.0.1:5061',
  payload: text,
  size: text.length,
})
const many = <T>(make: (index: number) => T) => Array.from({ length: 100 }, (_, index) => make(index))

describe('the judge of secrecy', () => {
  it('finds SRTP and TLS secret', () => {
    const srtp = many((index) => udp(Buffer.concat([header(index), randomBytes(170)])))
    const tls = tcp(Buffer.concat([Buffer.from([0x17, 3, 3, 0, 64]), randomBytes(64)]))
    const seen = judgeSecrecy([...srtp, tls])
    expect(seen).to.include({ mediaPackets: 100, readable: 0, untagged: 0 })
    expect(seen.compressed).to.be.greaterThan(0.99)
    expect([...seen.tls]).to.deep.equal(['10.0.0.1 10.0.0.9'])
    expect([...seen.media]).to.deep.equal(['10.0.0.1 10.0.0.2'])
  })

  it('is not misled by a packet that passes two interfaces', () => {
    const srtp = many((index) => udp(Buffer.concat([header(index), randomBytes(170)])))
    expect(judgeSecrecy([...srtp, ...srtp]).compressed).to.be.greaterThan(0.99)
  })

  it('hears plain RTP, also behind a tag', () => {
    const voice = alawOf(vowels(2))
    const frames = Array.from({ length: 100 }, (_, index) => voice.subarray(index * 160, index * 160 + 160))
    const plain = judgeSecrecy(frames.map((frame, index) => udp(Buffer.concat([header(index), frame]))))
    expect(plain.untagged).to.equal(100)
    expect(plain.compressed).to.be.below(0.95)
    const tagged = judgeSecrecy(
      frames.map((frame, index) => udp(Buffer.concat([header(index), frame, randomBytes(10)]))),
    )
    expect(tagged.compressed).to.be.below(0.97)
  })

  it('reads SIP that is not in TLS', () => {
    expect(judgeSecrecy([tcp(Buffer.from('INVITE sip:a@b SIP/2.0\r\n'))]).readable).to.equal(1)
  })
})
