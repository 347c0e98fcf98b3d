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
