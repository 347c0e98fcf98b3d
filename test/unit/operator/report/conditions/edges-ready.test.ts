import { expect } from 'chai'
import type { World } from '../../../../../src/operator/world/callbot.ts'
import { aPod, aWorld, cycle, MINUTE } from '../../../../harness/builders.ts'

const BECAUSE = 'node node-b has no public address: annotate it'
const edges = [{ edge: 'edge-a', silentSince: undefined, epoch: Number.MAX_SAFE_INTEGER }]
const served = aWorld()
  .with({ edges })
  .withPods(...['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone)))
  .carriedOut()
const conditionOf = (world: World, type: string) => cycle(world).status!.conditions!.find((each) => each.type === type)
const found = (edgeObstacles: World['edgeObstacles']) => served.with({ edgeObstacles }).world

describe('the condition EdgesReady of a Callbot', () => {
  it('is True while no edge reports an obstacle', () => {
    expect(conditionOf(found([]), 'EdgesReady')).to.include({ status: 'True' })
  })

  it('is False with the words of the edge, cure included, and leaves Ready True', () => {
    const world = found([{ edge: 'edge-b', because: BECAUSE }])
    expect(conditionOf(world, 'EdgesReady')).to.include({ status: 'False', reason: 'EdgeNotReady' })
    expect(conditionOf(world, 'EdgesReady')!.message).to.equal(`edge edge-b takes no calls: ${BECAUSE}.`)
    expect(conditionOf(world, 'Ready')).to.include({ status: 'True' })
  })

  it('counts the other edges that report one', () => {
    const all = ['b', 'c', 'd'].map((name) => ({ edge: `edge-${name}`, because: BECAUSE }))
    expect(conditionOf(found(all), 'EdgesReady')!.message).to.include('; nor do 2 other edges')
  })

  it('is absent without edges, and before they were asked', () => {
    expect(conditionOf(found(undefined), 'EdgesReady')).to.equal(undefined)
    const world = served.with({ edges: 'NoEdges', edgeObstacles: [{ edge: 'edge-b', because: BECAUSE }] }).world
    expect(conditionOf(world, 'EdgesReady')).to.equal(undefined)
  })

  it('stays what it was while an operator that has just started has not asked yet', () => {
    const before = served.with({ edgeObstacles: [{ edge: 'edge-b', because: BECAUSE }] }).carriedOut()
    const now = before.with({ edgeObstacles: undefined }).later(MINUTE).world
    expect(conditionOf(now, 'EdgesReady')).to.include({ status: 'False' })
  })
})
