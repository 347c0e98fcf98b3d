import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { type Cidr, covers, isWithin, NEVER_REMOTE, readAddress, readCidr } from '../../../src/lib/ip-address.ts'
import {
  because,
  DEFAULT_EGRESS,
  type EgressPolicy,
  GLOBAL_UNICAST,
  isRefused,
  judge,
  type Judgement,
  NOT_PUBLIC,
  parseEgress,
} from '../../../src/rules/egress.ts'

const acme = { namespace: 'acme', isOnLoopback: false }
const ranges = (...texts: string[]): Cidr[] => texts.map((text) => readCidr(text)!)
/** Of a cluster with nodes at 192.0.2.0/24, which are public otherwise to nobody, and pods at public addresses. */
const policy: EgressPolicy = {
  enforce: true,
  open: [
    { ranges: ranges('10.20.0.0/16', 'fd12::/32'), namespaces: ['acme'] },
    { ranges: ranges('10.99.0.0/16', '5.5.5.0/25'), namespaces: ['*'] },
    { ranges: ranges('169.254.0.0/16', '127.0.0.0/8', '::/0', '0.0.0.0/8'), namespaces: ['reckless'] },
  ],
  cluster: ranges('10.96.0.0/12', '10.244.0.0/16', '5.5.5.0/24', 'fd00:10:96::/112', '2a00:1::/64'),
}

const JUDGED: Readonly<Record<Judgement, readonly string[]>> = {
  Never: [
    ...['127.0.0.1', '127.255.0.9', '::1', '0.0.0.0', '0.1.2.3', '::', '169.254.169.254', '169.254.20.10', 'fe80::1'],
    ...['224.0.0.1', '239.1.2.3', 'ff02::1', 'ff0e::1', '240.0.0.1', '255.255.255.255'],
    ...['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'],
    ...['::ffff:127.0.0.1', '::ffff:169.254.169.254', '::127.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::a9fe:a9fe'],
    ...['64:ff9b::7f00:1', '2002:a9fe:a9fe::1', '2002:7f00:1::', '2002:e000:1::1'],
  ],
  OfTheCluster: [
    ...['10.96.0.1', '10.111.255.255', '10.244.1.7', '5.5.5.200', 'fd00:10:96::1', '2a00:1::7'],
    ...['::ffff:10.96.0.1', '64:ff9b::a60:1', '2002:a60:1::5', '::ffff:5.5.5.200'],
  ],
  NotPublic: [
    ...['10.0.0.1', '10.21.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255'],
    ...['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.9', '192.88.99.1'],
    ...['fc00::1', 'fd13::1', 'fec0::1', '100::1', '64:ff9b:1::1', '2001::1', '2001:2::1', '2001:10::1', '2001:db8::1'],
    ...['3fff::1', '5f00::1', '4000::1', '::ffff:192.168.1.1', '64:ff9b::c0a8:101', '2002:c0a8:101::1'],
  ],
  Open: [
    ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0'],
    ...['192.0.0.9', '192.0.0.10', '192.31.196.1', '198.17.255.255', '223.255.255.255', '::ffff:1.1.1.1'],
    ...['2606:4700::1111', '2001:1::1', '2001:3::1', '2001:4:112::1', '2001:20::1', '2001:30::1', '2620:4f:8000::1'],
    ...['64:ff9b::101:101', '2002:101:101::1', '10.20.255.1', '::ffff:10.20.0.1', 'fd12::9', '10.99.1.1', '5.5.5.1'],
  ],
}

describe('an address to which a tenant has a program connect', () => {
  for (const [judgement, addresses] of Object.entries(JUDGED)) {
    it(`is judged ${judgement} in ${addresses.length} cases`, () => {
      for (const address of addresses) {
        expect(readAddress(address), address).to.not.equal(undefined)
        expect(judge(readAddress(address), acme, policy), address).to.equal(judgement)
      }
    })
  }

  it('is Never where it is no address at all', () => {
    for (const text of ['kubernetes.default.svc', '127.1', '0x7f000001', '2130706433', '010.0.0.1', '', '::1%lo'])
      expect(judge(readAddress(text), acme, policy), text).to.equal('Never')
  })

  it('is open to the namespaces for which it was opened, and to no other', () => {
    const of = (namespace: string, address: string) => judge(readAddress(address), { ...acme, namespace }, policy)
    expect([of('acme', '10.20.0.1'), of('mechant', '10.20.0.1')]).to.deep.equal(['Open', 'NotPublic'])
    expect([of('acme', '5.5.5.1'), of('mechant', '5.5.5.1')]).to.deep.equal(['Open', 'Open'])
  })

  it('is never open by a value of the administrator where it leads to no other host', () => {
    const any = { ...policy, open: [{ ranges: ranges('0.0.0.0/0', '::/0'), namespaces: ['*'] }] }
    for (const address of JUDGED.Never) expect(judge(readAddress(address), acme, any), address).to.equal('Never')
    for (const address of JUDGED.OfTheCluster) expect(judge(readAddress(address), acme, any), address).to.equal('Open')
  })

  it('on loopback is reached by a program that is there itself, and still not where the cluster is', () => {
    const local = { namespace: 'acme', isOnLoopback: true }
    const cluster = { ...policy, cluster: ranges('127.0.9.0/24') }
    for (const [address, judgement] of [
      ...[['127.0.0.1', 'Open'] as const, ['::1', 'Open'] as const, ['127.0.9.1', 'OfTheCluster'] as const],
      ...[['169.254.169.254', 'Never'] as const, ['0.0.0.0', 'Never'] as const, ['224.0.0.1', 'Never'] as const],
    ])
      expect(judge(readAddress(address), local, cluster), address).to.equal(judgement)
  })

  it('is refused at once where it is Never, and otherwise where the administrator enforces it', () => {
    const outcomes = (enforce: boolean) =>
      (['Open', 'Never', 'OfTheCluster', 'NotPublic'] as const).map((judgement) => isRefused(judgement, { enforce }))
    expect(outcomes(false)).to.deep.equal([false, true, false, false])
    expect(outcomes(true)).to.deep.equal([false, true, true, true])
  })

  it('is refused with the address, the reason and what opens it', () => {
    expect(because('Never', '169.254.169.254', 'acme')).to.equal(
      '169.254.169.254 is a link-local address, as metadata services of clouds have, which nothing opens: name the address of another host',
    )
    for (const [address, what] of Object.entries({
      ...{ '127.0.0.1': 'loopback', '::1': 'loopback', '::ffff:127.0.0.1': 'loopback', '0.0.0.0': 'no address' },
      ...{ '::': 'no address', '239.0.0.1': 'multicast', 'ff02::1': 'multicast', '250.0.0.1': 'reserved' },
      ...{ '168.63.129.16': 'metadata service', 'fd00:ec2::254': 'metadata service', '::1%lo': 'no address' },
    }))
      expect(because('Never', address, 'acme'), address).to.contain(what)
    for (const judgement of ['OfTheCluster', 'NotPublic'] as const)
      expect(because(judgement, '10.1.2.3', 'acme')).to.match(/^10\.1\.2\.3 is .* namespace acme \(egress\.open/)
  })
})

describe('what judges addresses', () => {
  const octets = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => readAddress(text)!)
  const v4 = fc.ipV4().map((text) => readAddress(text)!)

  it('says the same of an IPv4 address in each of its forms', () => {
    const forms = (inner: readonly number[]) => [
      [...Array<number>(10).fill(0), 255, 255, ...inner],
      [...Array<number>(12).fill(0), ...inner],
      [0, 0x64, 0xff, 0x9b, ...Array<number>(8).fill(0), ...inner],
      [0x20, 0x02, ...inner, ...Array<number>(10).fill(1)],
    ]
    fc.assert(
      fc.property(v4, (inner) => {
        const plain = judge(inner, acme, policy)
        for (const form of forms(inner)) {
          const isLoopback = form.slice(0, 15).every((octet) => octet === 0) && form[15] === 1
          expect(judge(form, acme, policy)).to.equal(isLoopback ? 'Never' : plain)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('opens nothing more for a namespace by what is opened for another, and takes nothing away by opening more', () => {
    fc.assert(
      fc.property(octets, octets, fc.nat(128), (address, other, length) => {
        const range = { octets: other, bits: Math.min(length, other.length * 8) }
        const more = (namespace: string) => ({
          ...policy,
          open: [...policy.open, { ranges: [range], namespaces: [namespace] }],
        })
        const before = judge(address, acme, policy)
        expect(judge(address, acme, more('mechant'))).to.equal(before)
        const after = judge(address, acme, more('acme'))
        if (before === 'Never' || before === 'Open') expect(after).to.equal(before)
        else expect([before, 'Open']).to.include(after)
      }),
      { numRuns: 2_000 },
    )
  })

  it('lets nothing in a range of the cluster pass as public', () => {
    fc.assert(
      fc.property(octets, fc.nat(128), (address, length) => {
        const range = { octets: address, bits: Math.min(length, address.length * 8) }
        const judged = judge(address, acme, { ...DEFAULT_EGRESS, cluster: [range] })
        expect(isWithin(address, range)).to.equal(true)
        expect(['Never', 'OfTheCluster']).to.include(judged)
      }),
    )
  })

  it('knows the same ranges as the network policy of the edges, which Helm renders', () => {
    const rendered = readFileSync('charts/callbot-operator/templates/_egress.tpl', 'utf8')
    const opened = ['0.0.0.0/0', '::/0', 'fc00::/7', 'fd00::/8']
    const texts = [...rendered.matchAll(/"([0-9a-f.:]+\/\d+)"/g)].map(([, text]) => text!)
    const listed = texts.filter((text) => !opened.includes(text)).map((text) => readCidr(text)!)
    const globalUnicast = readCidr(GLOBAL_UNICAST)!
    const never = NEVER_REMOTE.map((text) => readCidr(text)!)
    const needed = [...NEVER_REMOTE, ...NOT_PUBLIC, '127.0.0.0/8'].map((text) => readCidr(text)!)
    const isSaid = (range: Cidr) => listed.some((each) => covers(each, range))
    expect(
      [...never, ...needed.filter((range) => range.octets.length === 4 || covers(globalUnicast, range))].filter(
        (range) => !isSaid(range),
      ),
    ).to.deep.equal([])
    expect(listed.filter((range) => !needed.some((each) => covers(each, range)))).to.deep.equal([])
  })

  it('is read from what the chart writes, and not at all where a part of it can not be read', () => {
    const told = {
      enforce: true,
      open: [{ cidrs: ['10.20.0.0/16'], namespaces: ['acme'] }],
      clusterCidrs: ['10.0.0.0/8'],
    }
    expect(parseEgress(JSON.stringify(told))).to.deep.equal({
      ...{ enforce: true, open: [{ ranges: ranges('10.20.0.0/16'), namespaces: ['acme'] }] },
      cluster: ranges('10.0.0.0/8'),
    })
    for (const wrong of [
      ...[{}, { ...told, enforce: 'true' }, { ...told, clusterCidrs: ['10.0.0.0/40'] }],
      ...[
        { ...told, open: [{ cidrs: ['10.0.0.0'], namespaces: ['a'] }] },
        { ...told, open: [{ cidrs: [], namespaces: ['A!'] }] },
      ],
    ])
      expect(parseEgress(JSON.stringify(wrong)), JSON.stringify(wrong)).to.equal(undefined)
  })
})
