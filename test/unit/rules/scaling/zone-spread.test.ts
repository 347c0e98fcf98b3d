import { expect } from 'chai'
import fc from 'fast-check'
import { spreadOverZones } from '../../../../src/rules/scaling/zone-spread.ts'

const zones = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 16 })

describe('the spread over zones', () => {
  it('never differs by more than one pod, and places every pod, wherever pods run', () => {
    fc.assert(
      fc.property(fc.nat(1000), zones, fc.array(fc.nat(9)), (replicas, names, pods) => {
        const running = new Map(names.map((name, index) => [name, pods[index] ?? 0]))
        const shares = [...spreadOverZones(replicas, names, running).values()]
        expect(Math.max(...shares) - Math.min(...shares)).to.be.at.most(1)
        expect(shares.reduce((sum, share) => sum + share, 0)).to.equal(replicas)
      }),
    )
  })

  it('is the same in whatever order the zones are named', () => {
    fc.assert(
      fc.property(fc.nat(100), zones, (replicas, names) => {
        const shares = (order: string[]) => Object.fromEntries(spreadOverZones(replicas, order))
        expect(shares(names.toReversed())).to.deep.equal(shares(names))
      }),
    )
  })

  it('gives every zone a pod when there are as many pods as zones', () => {
    fc.assert(
      fc.property(zones, (names) => {
        expect(new Set(spreadOverZones(names.length, names).values())).to.deep.equal(new Set([1]))
      }),
    )
  })

  it('finds nothing amiss wherever the scheduler put the remainder', () => {
    fc.assert(
      fc.property(zones, fc.nat(10), fc.infiniteStream(fc.boolean()), (names, share, more) => {
        const running = new Map(names.map((name) => [name, share + (more.next().value ? 1 : 0)]))
        const replicas = [...running.values()].reduce((sum, pods) => sum + pods, 0)
        expect(Object.fromEntries(spreadOverZones(replicas, names, running))).to.deep.equal(Object.fromEntries(running))
      }),
    )
  })

  it('expects what is beyond an even share where most pods run already: the scheduler chose so', () => {
    const spread = spreadOverZones(4, ['a', 'b', 'c'], new Map([['c', 2]]))
    expect(Object.fromEntries(spread)).to.deep.equal({ a: 1, b: 1, c: 2 })
  })

  it('is empty without zones', () => {
    expect(spreadOverZones(3, []).size).to.equal(0)
  })
})
