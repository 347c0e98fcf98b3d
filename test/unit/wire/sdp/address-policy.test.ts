import { expect } from 'chai'
import fc from 'fast-check'
import { readCidr } from '../../../../src/lib/ip-address.ts'
import { chooseFrom } from '../../../../src/wire/sdp/negotiate.ts'
import { agreeWith } from '../../../../src/wire/sdp/offer-answer.ts'
import { mayReach, reachFrom, type Reach } from '../../../../src/wire/sdp/address-policy.ts'
import { readSdp } from '../../../../src/wire/sdp/read.ts'
import type { Sdp } from '../../../../src/wire/sdp/sdp.ts'
import { plainAudio, sdpOf, secureAudio } from '../../../harness/sdp.ts'

const four = reachFrom('198.51.100.7')
const six = reachFrom('2001:db8::7')
const policy = { srtp: 'Preferred', codecs: ['PCMA', 'PCMU'] } as const
const ours = { keys: [], codecs: policy.codecs, direction: 'sendrecv' } as const

/** What comes of a description, as an offer and as the answer to ours. */
function outcomes(reach: Reach, ...lines: string[]) {
  const sdp = readSdp(sdpOf(plainAudio(...lines))) as Sdp
  return [chooseFrom(sdp, policy, reach), agreeWith(ours, sdp, reach)].map((outcome) =>
    'kind' in outcome ? outcome.because : 'agreed',
  )
}
const REFUSED = Array(2).fill('no media is sent to that address and port from here')

describe('where media may be sent', () => {
  it('not to this host, its link, a metadata service or a broadcast address, in an offer and in an answer', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '169.254.169.254', '0.0.0.1', '100.100.100.200', '168.63.129.16'])
      expect(outcomes(four, `c=IN IP4 ${address}`), address).to.deep.equal(REFUSED)
    for (const address of ['::1', 'fe80::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254', 'fd00:ec2::254'])
      expect(outcomes(six, `c=IN IP6 ${address}`), address).to.deep.equal(REFUSED)
    for (const address of ['224.0.0.1', '255.255.255.255', '240.0.0.1'])
      expect(outcomes(four, `c=IN IP4 ${address}`)[0], address).to.contain('none that media can be sent to')
    expect(outcomes(four, 'c=IN IP4 192.0.2.9')).to.deep.equal(['agreed', 'agreed'])
    expect(outcomes(six, 'c=IN IP6 2001:db8::9')).to.deep.equal(['agreed', 'agreed'])
  })

  it('not to ports of the system, neither for RTP nor for RTCP', () => {
    const offered = (port: number, ...lines: string[]) =>
      chooseFrom(readSdp(sdpOf([`m=audio ${port} RTP/AVP 8`, ...lines])) as Sdp, policy, four)
    expect(offered(53)).to.deep.include({ kind: 'disagreement', warning: 399 })
    expect(offered(1_023)).to.have.property('kind', 'disagreement')
    expect(offered(4_000, 'a=rtcp:53')).to.have.property('kind', 'disagreement')
    expect(offered(1_024)).to.not.have.property('kind')
    expect(offered(4_000, 'a=rtcp:53', 'a=rtcp-mux')).to.not.have.property('kind')
  })

  it('not to ranges that are denied, and to no others where some are allowed', () => {
    const denied = reachFrom('198.51.100.7', { denied: [readCidr('10.0.0.0/8')!] })
    expect(outcomes(denied, 'c=IN IP4 10.9.9.9')).to.deep.equal(REFUSED)
    expect(outcomes(denied, 'c=IN IP4 192.0.2.9')).to.deep.equal(['agreed', 'agreed'])
    const allowed = reachFrom('198.51.100.7', { allowed: [readCidr('192.0.2.0/24')!] })
    expect(outcomes(allowed, 'c=IN IP4 10.9.9.9')).to.deep.equal(REFUSED)
    expect(outcomes(allowed, 'c=IN IP4 192.0.2.9')).to.deep.equal(['agreed', 'agreed'])
    expect(
      outcomes(reachFrom('198.51.100.7', { allowed: [readCidr('0.0.0.0/0')!] }), 'c=IN IP4 127.0.0.1'),
    ).to.deep.equal(REFUSED)
  })

  it('takes a section that can be reached before one that can not', () => {
    const sdp = readSdp(sdpOf(secureAudio('c=IN IP4 127.0.0.1'), plainAudio())) as Sdp
    expect(chooseFrom(sdp, policy, four)).to.deep.include({ section: 1 })
  })

  it('a null address holds the call, and nothing is sent to it, RTCP neither', () => {
    for (const direction of ['a=sendrecv', 'a=sendonly', 'a=recvonly', 'a=inactive']) {
      const lines = ['c=IN IP4 0.0.0.0', 'a=rtcp:4000', direction]
      const held = chooseFrom(readSdp(sdpOf(plainAudio(...lines))) as Sdp, policy, four)
      expect(held, direction).to.not.have.property('kind')
      expect(held).to.have.nested.include({ 'remote.port': 0, 'remote.rtcpPort': 0 })
      expect(held).to.have.property('direction').that.is.oneOf(['recvonly', 'inactive'])
    }
  })

  it('loopback only where the pod itself listens on loopback, as in tests', () => {
    expect(mayReach(reachFrom('127.0.0.1'), '127.0.0.9', 4_000)).to.equal(true)
    expect(mayReach(reachFrom('127.0.0.1'), '169.254.1.1', 4_000)).to.equal(false)
    expect(mayReach(reachFrom('::1'), '::1', 4_000)).to.equal(true)
    expect(mayReach(four, '127.0.0.9', 4_000)).to.equal(false)
  })

  it('whatever a caller writes, what is agreed leads to another host', () => {
    const octet = fc.integer({ min: 0, max: 300 })
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.tuple(fc.constantFrom('0', '127', '169.254', '224', '10'), octet, octet, octet).map((one) => one.join('.')),
      fc.string({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        const lines = [`m=audio ${port} RTP/AVP 8`, `c=IN IP4 ${address.replace(/[\r\n\0]/g, '')}`]
        const sdp = readSdp(sdpOf(lines))
        if ('kind' in sdp) return
        const outcome = chooseFrom(sdp, policy, four)
        if ('kind' in outcome || outcome.remote.isNull) return
        expect(outcome.remote.address).to.match(/^(?!0\.|127\.|169\.254\.|22[4-9]\.|2[345]\d\.)\d+\.\d+\.\d+\.\d+$/)
        expect(outcome.remote.port).to.be.at.least(1_024)
      }),
      { numRuns: 3_000 },
    )
  })
})
