import { expect } from 'chai'
import fc from 'fast-check'
import { BlockList, isIP } from 'node:net'
import { addressesIn, covers, isNeverRemote, isWithin, readAddress, readCidr } from '../../../src/lib/ip-address.ts'

const ipv4 = fc.ipV4()
const ipv6 = fc.ipV6()

describe('IP addresses', () => {
  it('are read where Node reads one, and nowhere else', () => {
    const text = fc.oneof(ipv4, ipv6, fc.string({ unit: fc.constantFrom(...'0189af:.'), maxLength: 40 }))
    fc.assert(
      fc.property(text, (address) => {
        expect(readAddress(address)?.length, address).to.equal(
          ({ 4: 4, 6: 16 } as Record<number, number>)[isIP(address)],
        )
      }),
      { numRuns: 2_000 },
    )
  })

  it('lie in the ranges in which Node finds them', () => {
    const cidr = fc.oneof(
      fc.tuple(ipv4, ipv4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(ipv6, ipv6, fc.integer({ min: 0, max: 128 })),
    )
    fc.assert(
      fc.property(cidr, fc.boolean(), ([one, other, bits], isSame) => {
        const family = isIP(one) === 4 ? 'ipv4' : 'ipv6'
        const list = new BlockList()
        list.addSubnet(one, bits, family)
        const address = isSame ? one : other
        expect(isWithin(readAddress(address)!, readCidr(`${one}/${bits}`)!)).to.equal(list.check(address, family))
      }),
      { numRuns: 2_000 },
    )
  })

  it('a range covers another when it has each of its addresses', () => {
    const is = (outer: string, inner: string) => covers(readCidr(outer)!, readCidr(inner)!)
    expect(is('10.0.0.0/8', '10.1.0.0/16')).to.equal(true)
    expect(is('10.1.0.0/16', '10.0.0.0/8')).to.equal(false)
    expect(is('0.0.0.0/0', '::/0')).to.equal(false)
    expect(['10.0.0.0/33', '::/129', 'a/1', '10.0.0/8', '/8', ''].map(readCidr)).to.deep.equal(Array(6).fill(undefined))
  })

  it('of this host, its link, a group or a metadata service lead to no other host, in whatever form they are written', () => {
    const never = [
      ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.0.9', '169.254.169.254', '224.0.0.1', '255.255.255.255'],
      ...['100.100.100.200', '168.63.129.16', '::', '::1', 'fe80::1', 'febf::9', 'ff02::1', 'fd00:ec2::254'],
      ...['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::169.254.169.254', '2002:7f00:1::', '::127.0.0.1'],
    ]
    for (const address of never) expect(isNeverRemote(readAddress(address)!), address).to.equal(true)
    const fine = ['10.0.0.1', '192.168.1.9', '100.64.0.1', '1.1.1.1', '2001:db8::1', 'fd00::1', '::ffff:10.0.0.1']
    for (const address of fine) expect(isNeverRemote(readAddress(address)!), address).to.equal(false)
  })

  it('of a translator are looked at in both forms', () => {
    expect(addressesIn(readAddress('::ffff:192.0.2.9')!)[1]).to.deep.equal([192, 0, 2, 9])
    expect(addressesIn(readAddress('2001:db8::1')!)).to.have.length(1)
  })
})
