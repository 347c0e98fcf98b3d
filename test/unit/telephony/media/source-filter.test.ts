import { expect } from 'chai'
import { SourceRule } from '../../../../src/telephony/media/source-filter.ts'
import { reach } from '../../../harness/sdp.ts'

const told = { address: '192.0.2.1', port: 4_000 }

describe('from where media is let in', () => {
  it('plain RTP: from the address and port of the SDP only, and that is where we send', () => {
    const rule = new SourceRule(told, false, reach)
    rule.latch('203.0.113.9', 5_000)
    expect(rule.admits('192.0.2.1', 4_000)).to.equal(true)
    expect(rule.admits('192.0.2.1', 4_001)).to.equal(false)
    expect(rule.admits('203.0.113.9', 5_000)).to.equal(false)
    expect(rule.target).to.deep.equal(told)
  })

  it('SRTP: from anywhere until the first authentic packet, then only from where it came', () => {
    const rule = new SourceRule(told, true, reach)
    expect(rule.admits('203.0.113.9', 5_000)).to.equal(true)
    expect(rule.target).to.deep.equal(told)
    rule.latch('198.51.100.2', 6_000)
    rule.latch('203.0.113.9', 5_000)
    expect(rule.admits('203.0.113.9', 5_000)).to.equal(false)
    expect(rule.admits('192.0.2.1', 4_000)).to.equal(false)
    expect(rule.target).to.deep.equal({ address: '198.51.100.2', port: 6_000 })
  })

  it('SRTP: an authentic packet with a forged source does not move the stream to where media may not be sent', () => {
    const rule = new SourceRule(told, true, reach)
    for (const [address, port] of [
      ['127.0.0.1', 5_000],
      ['169.254.169.254', 5_000],
      ['203.0.113.9', 53],
    ] as const)
      expect(rule.admits(address, port), address).to.equal(false)
    expect(rule.admits('203.0.113.9', 5_000)).to.equal(true)
  })

  it('compares IPv6 addresses as addresses, however they were written', () => {
    const rule = new SourceRule({ address: '2001:DB8:0:0::0001', port: 1 }, false, reach)
    expect(rule.admits('2001:db8::1', 1)).to.equal(true)
    expect(rule.isFor({ address: '2001:db8::1', port: 1 })).to.equal(true)
    expect(rule.isFor({ address: '2001:db8::2', port: 1 })).to.equal(false)
  })
})
