import { expect } from 'chai'
import { observeZones } from '../../../../src/operator/observe/zones.ts'
import type { ObserveSources } from '../../../../src/operator/observe/sources.ts'
import { projectNode } from '../../../../src/operator/observe/projections.ts'
import { canSpreadOverZones } from '../../../../src/rules/zone-health.ts'

const aNode = (name: string, zone?: string, ready = true) =>
  projectNode({
    metadata: { name, uid: name, labels: zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as never)

const zonesOf = (...nodes: ReturnType<typeof aNode>[]) =>
  observeZones({ caches: { nodes: { list: () => nodes } }, answering: () => undefined } as unknown as ObserveSources)

describe('the zones of a cluster', () => {
  it('are those that its nodes name, with the number of nodes', () => {
    const found = zonesOf(aNode('1', 'b'), aNode('2', 'a'), aNode('3', 'a', false))
    expect(found.map(({ name, nodes, readyNodes }) => [name, nodes, readyNodes])).to.deep.equal([
      ['a', 2, 1],
      ['b', 1, 1],
    ])
    expect(canSpreadOverZones(found)).to.equal(true)
  })

  it('are one zone without a name where no node has the label, over which nothing can be spread', () => {
    const found = zonesOf(aNode('1'), aNode('2'))
    expect(found.map(({ name, nodes }) => [name, nodes])).to.deep.equal([['no-zone', 2]])
    expect(canSpreadOverZones(found)).to.equal(false)
  })

  it('do not include nodes without the label where others have it', () => {
    expect(zonesOf(aNode('1'), aNode('2', 'a')).map(({ name }) => name)).to.deep.equal(['a'])
  })

  it('are spread over strictly while it is not known which nodes there are', () => {
    expect(canSpreadOverZones(zonesOf())).to.equal(true)
  })
})
