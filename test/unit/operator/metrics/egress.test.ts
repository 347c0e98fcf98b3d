import { expect } from 'chai'
import { Registry } from 'prom-client'
import { registerEgressMetrics } from '../../../../src/operator/metrics/egress.ts'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import { addressesOfNode } from '../../../../src/operator/observe/node-addresses.ts'
import { DEFAULT_VALUES } from '../../../../src/rules/egress.ts'

const node = {
  metadata: { name: 'node-a' },
  spec: { podCIDR: '5.5.1.0/24', podCIDRs: ['5.5.1.0/24', '2a00:1::/64'] },
  status: {
    addresses: [
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'ExternalIP', address: '7.7.7.7' },
      { type: 'Hostname', address: 'node-a' },
    ],
  },
}

async function unknown(clusterCidrs: string[], apiServer = '10.96.0.1') {
  const registry = new Registry()
  const nodes = { list: () => [{ addresses: addressesOfNode(node) }] }
  const pods = { list: () => [{ ip: '5.5.1.9' }, { ip: '10.244.0.9' }, { ip: undefined }] }
  const egress = { ...DEFAULT_VALUES, clusterCidrs, open: [{ cidrs: ['10.0.0.0/8'], namespaces: ['*'] }] }
  registerEgressMetrics(registry, { caches: { nodes, pods } as unknown as Caches, egress, apiServer })
  return Number(/^callbot_egress_unknown_ranges (\d+)$/m.exec(await registry.metrics())![1])
}

describe('the addresses of the cluster that the egress policy takes for public ones', () => {
  it('are counted: of nodes, of their pods, of bots and of the API server', async () => {
    expect(await unknown([])).to.equal(4)
    expect(await unknown([], '8.8.4.4')).to.equal(5)
  })

  it('are none where egress.clusterCidrs has their ranges', async () => {
    expect(await unknown(['5.5.0.0/16'])).to.equal(2)
    expect(await unknown(['5.5.0.0/16', '2a00:1::/48', '7.7.7.0/24'])).to.equal(0)
  })
})
