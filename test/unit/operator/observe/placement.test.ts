import { expect } from 'chai'
import { observePlacement } from '../../../../src/operator/observe/placement.ts'
import { projectNode } from '../../../../src/operator/observe/projections.ts'
import type { ObserveSources } from '../../../../src/operator/observe/sources.ts'
import { aBot, aWorld } from '../../../harness/builders.ts'

const REGION = 'topology.kubernetes.io/region'
const node = (name: string, labels: Record<string, string>) =>
  projectNode({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } } as never)
const nodes = [
  node('node-a', { [REGION]: 'eu-west-3', 'callbots.node-restriction.kubernetes.io/HDS': '', other: 'x' }),
  node('node-b', { [REGION]: 'eu-west-3', 'callbots.node-restriction.kubernetes.io/HDS': '', other: 'y' }),
]
const pod = (name: string, on: string, running = true, terminating = false) => ({
  name,
  node: on,
  running,
  terminating,
})

const observed = (regions: string[]) => {
  const pods: Record<string, object[]> = {
    'lilas/accueil': [
      pod('two', 'node-b'),
      pod('one', 'node-a', true, true),
      pod('ended', 'node-a', false, true),
      pod('new', ''),
    ],
    'lilas/': [pod('records', 'node-a')],
  }
  const caches = {
    nodes: { get: (_: string, name: string) => nodes.find((each) => each.name === name), list: () => nodes },
    parts: { list: () => [pod('edge', 'node-b')] },
    pods: { byIndex: (_: string, key: string) => pods[key] ?? [] },
  }
  const settings = { ...aWorld().world.settings, placement: { regions, certifications: [] } }
  return observePlacement({ caches, settings } as unknown as ObserveSources, aBot())
}

describe('what is observed of the placement of a Callbot', () => {
  it('is its pods on their nodes, then those that its calls pass; neither what has ended nor what has no node', () => {
    const { placed } = observed(['eu-west-3'])
    expect(placed.map(({ name, isOwn }) => `${name} ${isOwn}`)).to.deep.equal([
      ...['one true', 'two true', 'edge false', 'records false'],
    ])
  })

  it('is of nodes the labels on which placement depends, each set once', () => {
    const { nodeLabels } = observed(['eu-west-3'])
    expect(nodeLabels).to.deep.equal([{ 'callbots.node-restriction.kubernetes.io/HDS': '', [REGION]: 'eu-west-3' }])
  })

  it('is nothing where placement requires nothing', () => {
    expect(observed([])).to.deep.equal({ placed: [], nodeLabels: [] })
  })
})
