import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { param } from '../../../../src/wire/sip/params.ts'
import type { UnderstoodRequest } from '../../../../src/wire/sip/parse-headers.ts'
import { outcomeOf, sip, type Outcome } from './outcome.ts'

describe('the IPv6 torture messages of RFC 5118', () => {
  const open = (file: string) => outcomeOf(readFileSync(`test/fixtures/sip/rfc5118/${file}.dat`))
  const request = (file: string, outcome: Outcome = 'accepted') => {
    const [actual, message] = open(file)
    expect(actual).to.equal(outcome)
    return message as UnderstoodRequest
  }

  it('4.1 an IPv6 reference is read', () => {
    const { uri, contacts } = request('ipv6-good')
    expect(sip(uri)).to.deep.include({ host: '[2001:db8::10]' })
    expect(sip(uri).port).to.equal(undefined)
    expect(sip(contacts[0]?.uri).host).to.equal('[2001:db8::1]')
  })

  it('4.2 without brackets it is refused', () => {
    expect(open('ipv6-bad')).to.deep.equal([400, undefined, 'the Request-URI is malformed'])
  })

  it('4.3 what stands within the brackets is the address, 4.4 what follows them is the port', () => {
    expect(sip(request('port-ambiguous').uri)).to.deep.include({ host: '[2001:db8::10:5070]' })
    expect(sip(request('port-ambiguous').uri).port).to.equal(undefined)
    expect(sip(request('port-unambiguous').uri)).to.deep.include({ host: '[2001:db8::10]', port: 5070 })
  })

  it('4.5 received is read with brackets and without', () => {
    // The BYE belongs to no dialog here: 481 says that it was understood.
    const withThem = request('via-received-param-with-delim', 481)
    expect(param(withThem.vias[0].params, 'received')).to.equal('[2001:db8::9:255]')
    expect(param(request('via-received-param-no-delim').vias[0].params, 'received')).to.equal('2001:db8::9:255')
  })

  it('4.6 and 4.8 come with their bodies whole', () => {
    expect(Buffer.from(request('ipv6-in-sdp').request.body).toString()).to.include('c=IN IP6 2001:db8::20\r\n')
    expect(Buffer.from(request('mult-ip-in-sdp').request.body).toString()).to.match(/H263-1998\/90000\r\n$/)
  })

  it('4.7 mixes addresses of both families', () => {
    const { vias } = request('mult-ip-in-header', 481)
    expect(vias.map(({ host, port }) => [host, port])).to.deep.equal([
      ['[2001:db8::9:1]', 6050],
      ['192.0.2.1', undefined],
      ['[2001:db8::9:255]', undefined],
    ])
    expect(param(vias[2]!.params, 'received')).to.equal('192.0.2.200')
  })

  it('4.9 reads IPv4-mapped addresses', () => {
    const { vias, contacts } = request('ipv4-mapped-ipv6')
    expect(vias.map(({ host, port }) => [host, port])).to.deep.equal([
      ['[::ffff:192.0.2.10]', 19823],
      ['[::ffff:192.0.2.2]', undefined],
    ])
    expect(sip(contacts[0]?.uri).host).to.equal('[::ffff:192.0.2.2]')
  })

  it('4.10 tolerates the third colon before an IPv4 address as well as the correct form', () => {
    for (const file of ['ipv6-bug-abnf-3-colons', 'ipv6-correct-abnf-2-colons']) {
      const { uri } = request(file)
      expect(sip(uri).user).to.equal('user')
    }
  })
})
