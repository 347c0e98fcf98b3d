import { expect } from 'chai'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import { drillPods } from '../../../../src/operator/observe/drill-pods.ts'

const aPod = (name: string, changes: object = {}) => ({
  ...{ name, node: 'node-a', ready: true, terminating: false, ip: '10.0.0.1' },
  ...changes,
})

/** The caches as far as they are read here. */
const caches = (pods: object[]) =>
  ({
    bots: {
      byIndex: (_: string, key: string) => (key === 'lilas/cabinet' ? [{ namespace: 'lilas', name: 'desk' }] : []),
    },
    pods: { byIndex: (_: string, key: string) => (key === 'lilas/desk' ? pods : []) },
    nodes: { get: (_: string, node: string) => (node === 'node-a' ? { zone: 'zone-a' } : undefined) },
  }) as unknown as Pick<Caches, 'bots' | 'pods' | 'nodes'>

describe('the pods that could place tests of a drill', () => {
  it('are the ready ones of the bots of the Integration, each in the zone of its node', () => {
    const pods = [
      aPod('one'),
      aPod('elsewhere', { node: 'node-x' }),
      aPod('starting', { ready: false }),
      aPod('leaving', { terminating: true }),
      aPod('without an address', { ip: undefined }),
    ]
    const found = drillPods(caches(pods), 'lilas/cabinet').map(({ name, zone }) => `${name} ${zone}`)
    expect(found).to.deep.equal(['one zone-a', 'elsewhere no-zone'])
    expect(drillPods(caches(pods), 'lilas/other')).to.deep.equal([])
  })
})
