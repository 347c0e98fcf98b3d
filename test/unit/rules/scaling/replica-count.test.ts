import { expect } from 'chai'
import fc from 'fast-check'
import {
  replicasAtRest,
  replicasFor,
  replicasWanted,
  withinLimits,
  type CapacityRule,
} from '../../../../src/rules/scaling/replica-count.ts'

const aRule = (changes: Partial<CapacityRule> = {}): CapacityRule => ({
  scaling: 'Buffer',
  callsPerPod: 20,
  buffer: '25%',
  minReplicas: 3,
  maxReplicas: 10,
  ...changes,
})
const calling = (calls: number, peak = calls) => ({ calls, peak, turnedAway: false })

const rules: fc.Arbitrary<CapacityRule> = fc
  .record({
    callsPerPod: fc.integer({ min: 1, max: 500 }),
    buffer: fc.oneof(
      fc.nat(1000),
      fc.nat(999).map((share) => `${share}%`),
    ),
    minReplicas: fc.integer({ min: 1, max: 50 }),
    more: fc.nat(100),
  })
  .map(({ more, ...rule }) => aRule({ ...rule, maxReplicas: rule.minReplicas + more }))
const demands = fc
  .record({ calls: fc.nat(5000), higher: fc.option(fc.nat(5000), { nil: undefined }), turnedAway: fc.boolean() })
  .map(({ calls, higher, turnedAway }) => ({
    calls,
    peak: higher === undefined ? undefined : calls + higher,
    turnedAway,
  }))

describe('the pods that calls need', () => {
  it('have places for the live calls and the buffer, as a number or as a share', () => {
    expect([0, 1, 40, 48, 49, 80].map((calls) => replicasFor(calls, aRule()))).to.deep.equal([1, 1, 3, 3, 4, 5])
    expect([0, 10, 11, 30, 31].map((calls) => replicasFor(calls, aRule({ buffer: 30 })))).to.deep.equal([2, 2, 3, 3, 4])
  })

  it('have one free place at least: without a buffer one is added when all are taken', () => {
    const rule = aRule({ buffer: 0 })
    expect([0, 19, 20, 39, 40].map((calls) => replicasFor(calls, rule))).to.deep.equal([1, 1, 2, 2, 3])
  })

  it('are never fewer for more calls', () => {
    fc.assert(
      fc.property(rules, fc.nat(5000), fc.nat(5000), (rule, calls, more) => {
        expect(replicasFor(calls + more, rule)).to.be.at.least(replicasFor(calls, rule))
        expect(replicasFor(calls, rule) * rule.callsPerPod).to.be.greaterThan(calls)
      }),
    )
  })
})

describe('the pods that there should be', () => {
  it('are as many as the calls need at once, within the limits', () => {
    expect(replicasWanted(aRule(), 3, 3, calling(100))).to.equal(7)
    expect(replicasWanted(aRule(), 3, 3, calling(1000))).to.equal(10)
    expect(replicasWanted(aRule(), 3, 3, calling(0))).to.equal(3)
  })

  it('become fewer only when fewer have been enough for a while', () => {
    expect(replicasWanted(aRule(), 7, 7, { ...calling(10), peak: undefined })).to.equal(7)
    expect(replicasWanted(aRule(), 7, 7, calling(10, 90))).to.equal(6)
    expect(replicasWanted(aRule(), 7, 7, calling(10, 10))).to.equal(3)
  })

  it('are doubled while callers are turned away, from those that answer and not from those that start', () => {
    const waiting = { calls: 60, peak: undefined, turnedAway: true }
    expect(replicasWanted(aRule(), 3, 3, waiting)).to.equal(6)
    expect(replicasWanted(aRule(), 6, 3, waiting)).to.equal(6)
    expect(replicasWanted(aRule(), 6, 6, waiting)).to.equal(10)
  })

  it('stay unchanged while no pod has reported its calls, but for the limits', () => {
    expect([1, 7, 12].map((held) => replicasWanted(aRule(), held, 0, undefined))).to.deep.equal([3, 7, 10])
  })

  it('are the fewest for a bot that is new, and as many as its calls need for one whose pods were taken away', () => {
    expect(replicasWanted(aRule(), undefined, 0, undefined)).to.equal(3)
    expect(replicasWanted(aRule(), undefined, 0, calling(0))).to.equal(3)
    expect(replicasWanted(aRule(), undefined, 0, calling(100))).to.equal(7)
  })

  it('are the fewest at rest, whatever somebody wrote into the scale subresource, but with External', () => {
    expect(replicasAtRest(aRule({ replicas: 7 }))).to.equal(3)
    expect(replicasAtRest(aRule({ scaling: 'External', replicas: 7 }))).to.equal(7)
    expect(replicasAtRest(aRule({ scaling: 'External' }))).to.equal(3)
  })

  it('are what the scale subresource asks for with External, within the limits, whatever the calls', () => {
    const asked = (replicas: number) => replicasWanted(aRule({ scaling: 'External', replicas }), 5, 5, calling(500))
    expect([1, 3, 7, 10, 1000].map(asked)).to.deep.equal([3, 3, 7, 10, 10])
  })

  it('are never fewer than the calls need, nor beyond the limits, whatever was before', () => {
    fc.assert(
      fc.property(rules, fc.nat(200), fc.nat(200), demands, (rule, held, answering, demand) => {
        const wanted = replicasWanted(rule, held, answering, demand)
        expect(wanted).to.be.within(rule.minReplicas, rule.maxReplicas)
        expect(wanted).to.be.at.least(withinLimits(replicasFor(demand.calls, rule), rule))
        if (demand.peak === undefined) expect(wanted).to.be.at.least(withinLimits(held, rule))
      }),
    )
  })

  it('are the same at the next look: what is wanted is wanted again', () => {
    fc.assert(
      fc.property(rules, fc.nat(200), fc.nat(200), demands, (rule, held, answering, demand) => {
        const wanted = replicasWanted(rule, held, answering, demand)
        expect(replicasWanted(rule, wanted, answering, demand)).to.equal(wanted)
      }),
    )
  })

  it('are at rest never below the fewest, even when the limits contradict each other', () => {
    expect(replicasAtRest(aRule({ minReplicas: 5, maxReplicas: 2 }))).to.equal(5)
  })
})
