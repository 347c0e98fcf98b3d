import { expect } from 'chai'
import fc from 'fast-check'
import { relayedDescription, type Describer, type MediaRules } from '../../../../src/edge/plan/relayed-description.ts'
import { readAddress, readCidr } from '../../../../src/lib/ip-address.ts'
import { DEFAULT_EGRESS, policyOf } from '../../../../src/rules/egress.ts'
import { readSdp } from '../../../../src/wire/sdp/read.ts'

const octets = (text: string) => readAddress(text)!
const RULES: MediaRules = {
  own: [octets('10.244.0.7'), octets('203.0.113.1'), octets('172.30.0.1')],
  pods: [octets('10.244.1.8')],
  ...{ denied: [], callers: [], egress: DEFAULT_EGRESS, isOnLoopback: false, controlPorts: [2223, 2224] },
}
const OUTSIDE: Describer = { side: 'outside', source: '198.51.100.9', namespace: 'acme' }
const POD: Describer = { side: 'inside', source: '10.244.1.8', namespace: 'acme' }

const HEAD = ['v=0', 'o=- 1 1 IN IP4 198.51.100.9', 's=-']
const text = (lines: readonly string[]) => Buffer.from([...lines, ''].join('\r\n'), 'latin1')
const offer = (o: { c?: string; m?: string; more?: string[]; session?: string[] } = {}) =>
  text([
    ...HEAD,
    `c=${o.c ?? 'IN IP4 198.51.100.9'}`,
    't=0 0',
    ...(o.session ?? []),
    `m=${o.m ?? 'audio 40000 RTP/AVP 8'}`,
    ...(o.more ?? []),
  ])
const judged = (body: Uint8Array, from = OUTSIDE, rules = RULES) => relayedDescription(body, from, rules)
const refused = (body: Uint8Array, from = OUTSIDE, rules = RULES) => 'refused' in judged(body, from, rules)
const sdpOf = (body: Uint8Array, from = OUTSIDE, rules = RULES) => {
  const found = judged(body, from, rules)
  if ('refused' in found) throw new Error(found.refused)
  return found.sdp
}

describe('a session description on its way to the media relay', () => {
  it('is written again: streams of audio by RTP, with what they need and nothing else', () => {
    const body = offer({
      session: ['a=group:BUNDLE 0', 'a=ice-ufrag:x', 'a=sendonly'],
      m: 'audio 40000 RTP/SAVP 8 101',
      more: [
        ...['b=AS:64', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=ptime:20'],
        ...['a=candidate:1 1 UDP 1 192.168.1.2 53 typ host', 'a=fingerprint:sha-1 AA', 'a=setup:actpass', 'a=mid:0'],
        ...['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc', 'a=rtcp:40001', 'a=rtcp-mux'],
        'm=video 40002 RTP/AVP 96',
      ],
    })
    expect(sdpOf(body).split('\r\n')).to.deep.equal([
      ...['v=0', 'o=- 1 1 IN IP4 198.51.100.9', 's=-', 't=0 0'],
      ...['m=audio 40000 RTP/SAVP 8 101', 'c=IN IP4 198.51.100.9', 'a=sendonly'],
      ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=ptime:20'],
      ...['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc', 'a=rtcp-mux', 'a=rtcp:40001'],
      ...['m=video 0 RTP/AVP 96', ''],
    ])
  })

  for (const [what, body] of [
    [
      'a NUL octet hides the rest',
      text([...HEAD, 'a=x\0y', 'c=IN IP4 198.51.100.9', 't=0 0', 'm=audio 40000 RTP/AVP 8']),
    ],
    ['another control octet is in it', offer({ more: ['a=fmtp:8 \x1b[2J'] })],
    ['a port begins with a zero', offer({ m: 'audio 053 RTP/AVP 8' })],
    ['a port of five digits begins with a zero', offer({ m: 'audio 04000 RTP/AVP 8' })],
    ['a port has a sign', offer({ m: 'audio +4000 RTP/AVP 8' })],
    ['a port is of a service of the system', offer({ m: 'audio 53 RTP/AVP 8' })],
    ['a port of another medium is of a service of the system', offer({ more: ['m=image 53 udptl t38'] })],
    ['several ports are asked for', offer({ m: 'audio 40000/2 RTP/AVP 8' })],
    ['RTCP goes to a port of the system', offer({ more: ['a=rtcp:53'] })],
    ['RTCP goes to a metadata service', offer({ more: ['a=rtcp:40001 IN IP4 169.254.169.254'] })],
    ['RTCP has another address than the media', offer({ more: ['a=rtcp:40001 IN IP4 198.51.100.8'] })],
    ['a candidate leads to loopback', offer({ more: ['a=candidate:1 1 UDP 1 127.0.0.1 40000 typ host'] })],
    ['RTCP is said twice', offer({ more: ['a=rtcp:40001', 'a=rtcp:40003'] })],
    ['a payload type is none', offer({ m: 'audio 40000 RTP/AVP 08' })],
    [
      'the address is said twice',
      text([...HEAD, 'c=IN IP4 198.51.100.9', 'c=IN IP4 198.51.100.8', 't=0 0', 'm=audio 40000 RTP/AVP 8']),
    ],
    ['the address of a stream is said twice', offer({ more: ['c=IN IP4 198.51.100.9', 'c=IN IP4 198.51.100.8'] })],
    ['there is no address', text([...HEAD, 't=0 0', 'm=audio 40000 RTP/AVP 8'])],
    ['a second stream goes elsewhere', offer({ more: ['m=audio 40002 RTP/AVP 8', 'c=IN IP4 127.0.0.1'] })],
    ['a refused stream has a forbidden address', offer({ more: ['m=video 40002 RTP/AVP 96', 'c=IN IP4 127.0.0.1'] })],
    ['it is no description', Buffer.from('hello')],
  ] as const)
    it(`is refused when ${what}`, () => {
      expect(refused(body)).to.equal(true)
    })

  for (const address of [
    ...['127.0.0.1', '127.9.9.9', '0.0.0.1', '169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192'],
    ...['224.0.0.1', '255.255.255.255', '10.244.0.7', '203.0.113.1', '172.30.0.1', '10.244.1.8', '010.1.1.1', '1.2.3'],
    ...['localhost', 'metadata.google.internal', '198.51.100.9/127', '0x7f.0.0.1', '2130706433'],
  ])
    it(`is refused when media would go to ${address}`, () => {
      expect(refused(offer({ c: `IN IP4 ${address}` }))).to.equal(true)
    })

  it('is refused with an address of IPv6, which the relay does not speak, in whatever form', () => {
    for (const address of ['::1', '::ffff:127.0.0.1', '2001:db8::1', '64:ff9b::7f00:1'])
      expect(refused(offer({ c: `IN IP6 ${address}` })), address).to.equal(true)
  })

  it('is judged by the policy of the installation: in the cluster and in private networks nothing is reached that is not opened', () => {
    const values = {
      enforce: true,
      open: [{ cidrs: ['10.20.0.0/16'], namespaces: ['acme'] }],
      clusterCidrs: ['192.0.2.0/24'],
    }
    const rules = { ...RULES, egress: policyOf({ ...values }) }
    const from = (source: string, namespace = 'acme'): Describer => ({ side: 'outside', source, namespace })
    const aim = (address: string, namespace?: string) =>
      refused(offer({ c: `IN IP4 ${address}` }), from(address, namespace), rules)
    expect([aim('8.8.8.8'), aim('10.20.1.1'), aim('10.21.1.1'), aim('192.0.2.5')]).to.deep.equal([
      false,
      false,
      true,
      true,
    ])
    expect(aim('10.20.1.1', 'lilas')).to.equal(true)
    const named = { ...rules, callers: [readCidr('10.21.0.0/16')!] }
    expect(refused(offer({ c: 'IN IP4 10.21.1.1' }), from('10.21.1.1'), named)).to.equal(false)
    const denied = { ...named, denied: [readCidr('10.21.1.0/24')!] }
    expect(refused(offer({ c: 'IN IP4 10.21.1.1' }), from('10.21.1.1'), denied)).to.equal(true)
    expect(
      refused(offer({ c: 'IN IP4 127.0.0.1' }), OUTSIDE, { ...rules, callers: [readCidr('127.0.0.0/8')!] }),
    ).to.equal(true)
  })

  it('of a caller behind NAT has the address from which it came, which is judged, too', () => {
    const home = offer({ c: 'IN IP4 192.168.1.7' })
    const found = judged(home)
    expect(found).to.include({ isBehindNat: true })
    expect(sdpOf(home)).to.include('c=IN IP4 198.51.100.9').and.not.include('192.168')
    expect(refused(home, { ...OUTSIDE, source: '203.0.113.1' })).to.equal(true)
    // Who is in a private network himself is where he says.
    expect(judged(home, { ...OUTSIDE, source: '192.168.1.1' })).to.include({ isBehindNat: false })
  })

  it('of a pod has the address of the pod and no other', () => {
    expect(sdpOf(offer({ c: 'IN IP4 10.244.1.8' }), POD)).to.include('c=IN IP4 10.244.1.8')
    for (const address of ['10.244.1.9', '127.0.0.1', '8.8.8.8', '203.0.113.1', '10.244.0.7'])
      expect(refused(offer({ c: `IN IP4 ${address}` }), POD), address).to.equal(true)
    expect(refused(offer({ c: 'IN IP4 10.244.1.8', m: 'audio 53 RTP/AVP 8' }), POD)).to.equal(true)
  })

  it('on loopback, as in tests, reaches callers there, and not the ports at which relay and guard take orders', () => {
    const rules = { ...RULES, own: [octets('127.0.0.5')], isOnLoopback: true }
    const here = { ...OUTSIDE, source: '127.0.0.5' }
    expect(refused(offer({ c: 'IN IP4 127.0.0.5' }), here, rules)).to.equal(false)
    for (const port of [2223, 2224])
      expect(refused(offer({ c: 'IN IP4 127.0.0.5', m: `audio ${port} RTP/AVP 8` }), here, rules)).to.equal(true)
  })

  it('may hold the call the old way, with an address to which nothing is sent', () => {
    expect(sdpOf(offer({ c: 'IN IP4 0.0.0.0' }))).to.include('c=IN IP4 0.0.0.0')
  })

  it('is secure when each stream in it is', () => {
    const savp = offer({ m: 'audio 40000 RTP/SAVP 8' })
    const both = offer({ m: 'audio 40000 RTP/SAVP 8', more: ['m=audio 40002 RTP/AVP 8'] })
    expect(
      [judged(savp), judged(both), judged(offer({ m: 'audio 0 RTP/SAVP 8' }))].map(
        (each) => 'isSecure' in each && each.isSecure,
      ),
    ).to.deep.equal([true, false, false])
  })

  it('names no address and no port but those that may be reached, whatever is sent', () => {
    const octet = fc.constantFrom('0', '1', '10', '127', '169', '254', '198', '51', '100', '9', '010', '0x7f', '256')
    const address = fc.oneof(
      fc.tuple(octet, octet, octet, octet).map((all) => all.join('.')),
      fc.constant('::1'),
      fc.constant('a.b'),
    )
    const port = fc.oneof(
      fc.integer({ min: 0, max: 70_000 }).map(String),
      fc.constantFrom('053', '+53', '-1', '53\0', '4000/2', ' 53'),
    )
    const line = fc.oneof(
      address.map((each) => `c=IN IP4 ${each}`),
      fc
        .tuple(
          fc.constantFrom('audio', 'video', 'image'),
          port,
          fc.constantFrom('RTP/AVP', 'RTP/SAVP', 'udptl', 'TCP/MSRP'),
        )
        .map(([type, at, protocol]) => `m=${type} ${at} ${protocol} 8`),
      fc.tuple(port, address).map(([at, each]) => `a=rtcp:${at} IN IP4 ${each}`),
      port.map((at) => `a=rtcp:${at}`),
      fc.tuple(address, port).map(([each, at]) => `a=candidate:1 1 UDP 1 ${each} ${at} typ host`),
      fc.constantFrom('a=sendrecv', 'a=rtpmap:8 PCMA/8000', 't=0 0', 'b=AS:64', 'a=\0', 'a=x\ry'),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('\r\n', '\n'), (lines, end) => {
        const found = judged(Buffer.from([...HEAD, ...lines, ''].join(end), 'latin1'))
        if ('refused' in found) return
        const sdp = readSdp(Buffer.from(found.sdp, 'latin1'))
        if ('kind' in sdp) throw new Error(sdp.because)
        for (const { port: at, connection, attributes } of sdp.media) {
          if (at === 0) continue
          expect(at).to.be.within(1_024, 65_535)
          expect(connection!.address)
            .to.match(/^(1|10|198|51|100|9|254|169)[.]/)
            .and.not.match(/^169[.]254[.]/)
          for (const { name, value } of attributes)
            if (name === 'rtcp') expect(Number(value)).to.satisfy((n: number) => n === 0 || n >= 1_024)
        }
        expect(found.sdp).not.to.match(/candidate|\b(?<![.])127[.]|[\0]|IP6/)
      }),
      { numRuns: 2_000 },
    )
  })
})
