import { expect } from 'chai'
import fc from 'fast-check'
import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1.d.ts'
import { BlockList, isIP } from 'node:net'
import { renderNetworkPolicy } from '../../../../src/operator/render/network-policy.ts'
import { aBot, aWorld } from '../../../harness/builders.ts'

const { settings } = aWorld().world
const asking = { ...aBot().configuration, providerPorts: [443, 8_443, 10_250, 6_443] }

const egress = (change: Partial<typeof settings> = {}) => {
  return renderNetworkPolicy({ ...aBot(), configuration: asking }, { ...settings, ...change }).spec!.egress!
}
const media = (change = {}) => egress(change).find(({ ports }) => ports?.[0]!.port === 1_024)!.to!
const web = (change = {}) => egress(change).find(({ ports }) => ports?.[0]!.port === 443)!

/** Whether a rule lets an address outside of the cluster pass, by Node's own arithmetic. */
function passes(peers: NetworkPolicyPeer[], address: string): boolean {
  const isIn = (cidr: string) => {
    const [net = '', bits] = cidr.split('/')
    const list = new BlockList()
    list.addSubnet(net, Number(bits), isIP(net) === 4 ? 'ipv4' : 'ipv6')
    return isIP(net) === isIP(address) && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return peers.some(({ ipBlock }) => ipBlock && isIn(ipBlock.cidr) && !(ipBlock.except ?? []).some(isIn))
}

describe('where the network policy lets a bot', () => {
  it('is anywhere but links, groups and metadata services, with words and with voice', () => {
    for (const peers of [media(), web().to!]) {
      for (const address of ['169.254.169.254', 'fe80::1', '224.0.0.1', '100.100.100.200', 'fd00:ec2::254', '0.0.0.0'])
        expect(passes(peers, address), address).to.equal(false)
      for (const address of ['192.0.2.1', '10.1.2.3', '2001:db8::1'])
        expect(passes(peers, address), address).to.equal(true)
      expect(peers[0]).to.deep.equal({ namespaceSelector: {} })
    }
  })

  it('is not where the administrator denies it, nor at ports of Kubernetes', () => {
    for (const peers of [
      media({ deniedCidrs: ['10.96.0.0/12', 'fd00::/8'] }),
      web({ deniedCidrs: ['10.96.0.0/12', 'fd00::/8'] }).to!,
    ]) {
      for (const address of ['10.96.0.1', '10.111.255.255', 'fd00::1']) expect(passes(peers, address)).to.equal(false)
      expect(passes(peers, '10.112.0.1')).to.equal(true)
    }
    expect(web().ports!.map(({ port }) => port)).to.deep.equal([443, 8_443])
  })

  it('with voice is only where media may be, less what is denied', () => {
    const peers = media({ mediaCidrs: ['192.0.2.0/24', '10.0.0.0/16'], deniedCidrs: ['10.0.0.0/8', '192.0.2.8/29'] })
    expect(peers).to.deep.equal([{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.8/29'] } }])
  })

  it('is to the pods of DNS at any port, for they need not listen at that of their Service', () => {
    for (const mediaByEdges of [true, false]) {
      const { egress } = renderNetworkPolicy(aBot(), { ...settings, mediaByEdges }).spec!
      const toDns = egress!.filter(({ to }) =>
        to?.some(({ podSelector }) => podSelector?.matchLabels?.['k8s-app'] === 'kube-dns'),
      )
      expect(toDns).to.have.lengthOf(1)
      expect(toDns[0]).to.not.have.property('ports')
    }
  })

  it('is nowhere but the edges with voice, where media passes them', () => {
    const { ingress, egress } = renderNetworkPolicy(aBot(), { ...settings, mediaByEdges: true }).spec!
    const home = { matchLabels: { 'kubernetes.io/metadata.name': settings.operatorNamespace } }
    expect(ingress!.find(({ ports }) => ports?.[0]!.protocol === 'UDP')!.from).to.deep.equal([
      { namespaceSelector: home, podSelector: { matchLabels: { 'app.kubernetes.io/component': 'edge' } } },
    ])
    expect(egress!.filter(({ ports }) => ports?.[0]!.port === 1_024)).to.deep.equal([])
    expect(egress![0]).to.deep.equal({ to: [{ namespaceSelector: home }] })
  })

  it('has no exception that the API server would refuse: each is smaller than its range', () => {
    const cidr = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map((one) => one.join('/')),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map((one) => one.join('/')),
    )
    fc.assert(
      fc.property(fc.array(cidr, { maxLength: 4 }), fc.array(cidr, { maxLength: 4 }), (mediaCidrs, deniedCidrs) => {
        for (const { ipBlock } of media({ mediaCidrs, deniedCidrs })) {
          const bits = (text: string) => Number(text.split('/')[1])
          for (const each of ipBlock?.except ?? []) expect(bits(each)).to.be.above(bits(ipBlock!.cidr))
        }
      }),
    )
  })
})

describe('where the network policy lets a bot while the egress policy is enforced', () => {
  const enforced = {
    egress: {
      enforce: true,
      open: [
        { cidrs: ['10.20.0.0/16', 'fd20::/16'], namespaces: [aBot().namespace] },
        { cidrs: ['10.30.0.0/16'], namespaces: ['another'] },
        { cidrs: ['10.40.0.0/16'], namespaces: ['*'], peers: [{ podSelector: { matchLabels: { app: 'pbx' } } }] },
      ],
      clusterCidrs: ['5.5.0.0/16', '10.96.0.0/12', '2a00:1::/64'],
    },
  }

  it('is what is public and not of the cluster, and what is open for its namespace', () => {
    for (const peers of [media(enforced), web(enforced).to!]) {
      const passing = (...addresses: string[]) => addresses.filter((address) => passes(peers, address))
      const open = ['1.1.1.1', '10.20.0.1', '10.40.9.9', '2606:4700::1', 'fd20:1::1']
      expect(passing(...open)).to.deep.equal(open)
      expect(
        passing(
          ...[
            '10.1.2.3',
            '10.30.0.1',
            '10.96.0.1',
            '192.168.1.1',
            '172.16.0.1',
            '100.64.0.1',
            '5.5.1.1',
            '198.51.100.1',
          ],
          ...['169.254.169.254', '224.0.0.1', '100.100.100.200', 'fd20:ce::254', 'fd00::1', '2a00:1::1', '2001:db8::1'],
        ),
      ).to.deep.equal([])
    }
  })

  it('is no pod by its labels alone, but those of DNS', () => {
    const all = egress(enforced).flatMap(({ to }) => to ?? [])
    const anyPod = all.filter(
      ({ namespaceSelector: where, podSelector }) => where && !podSelector && !where.matchLabels,
    )
    expect(anyPod).to.deep.equal([])
    expect(web(enforced).to).to.deep.include({ podSelector: { matchLabels: { app: 'pbx' } } })
    for (const { ipBlock } of web(enforced).to!) expect(ipBlock?.except ?? []).to.not.include('100.100.100.200/32')
  })

  it('with voice is where media may be, as the administrator lists it, whatever the egress policy', () => {
    expect(media({ ...enforced, mediaCidrs: ['10.0.0.0/16'] })).to.deep.equal([{ ipBlock: { cidr: '10.0.0.0/16' } }])
  })
})
