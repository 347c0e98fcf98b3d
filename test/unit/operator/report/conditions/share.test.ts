import { expect } from 'chai'
import { ANY_AMOUNT } from '../../../../../src/rules/shares.ts'
import { summariseCalls } from '../../../../../src/rules/call-statistics.ts'
import type { BotShare, World } from '../../../../../src/operator/world/callbot.ts'
import { aPod, aPodState, aSpec, aWorld, cycle } from '../../../../harness/builders.ts'

const CURE = 'of the chart)'
const ASK = 'and this object needs more: remove one, or ask the administrator of the cluster'
const full = { resource: 'numbers', used: 999, limit: 1000, of: 'Namespace' } as const
const noBot: BotShare = { beyond: full, pods: ANY_AMOUNT, againSeconds: 10 }
const upTo = (most: number): BotShare => ({
  ...{ beyond: undefined, againSeconds: 10 },
  pods: { most, stoppedBy: { resource: 'pods', used: 1000, limit: 1000, of: 'All' } },
})

const everyZone = ['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone))
const serving = aWorld()
  .carriedOut()
  .withPods(...everyZone)
  .carriedOut()
const conditionOf = (world: World, type: string) => {
  const found = cycle(world).status!.conditions!.find((condition) => condition.type === type)
  return found && [found.status, found.reason, found.message]
}

describe('the condition WithinShare of a Callbot', () => {
  it('is True while the namespace has room', () => {
    expect(conditionOf(serving.world, 'WithinShare')).to.deep.equal([
      'True',
      'AsSpecified',
      'its namespace has room for the bot, its numbers and its pods.',
    ])
  })

  it('says how much of how much, and whom to ask, and Ready says the same', () => {
    const said = `namespace lilas has 999 of 1000 numbers, ${ASK} (shares.namespaces.lilas.numbers ${CURE}`
    for (const world of [aWorld().with({ share: noBot }).world, serving.with({ share: noBot }).world])
      for (const type of ['WithinShare', 'Ready'])
        expect(conditionOf(world, type)).to.deep.equal(['False', 'QuotaExceeded', said])
  })

  it('says that pods stop there: Ready is False where the spec asks for more at rest', () => {
    const said = `all namespaces together have 1000 of 1000 pods, ${ASK} (shares.total.pods ${CURE}`
    const few = aWorld()
      .with({ share: upTo(2) })
      .carriedOut().world
    for (const type of ['WithinShare', 'Ready'])
      expect(conditionOf(few, type)).to.deep.equal(['False', 'QuotaExceeded', said])
  })

  it('leaves Ready to PlacesFree where only more pods than at rest are refused', () => {
    const calls = { ...summariseCalls([aPodState()], []), places: 60, free: 40 }
    const demand = { calls: 70, peak: 70, turnedAway: false }
    const busy = serving.with({ share: upTo(3), demand, calls })
    expect(conditionOf(busy.world, 'WithinShare')).to.include('QuotaExceeded')
    expect(conditionOf(busy.world, 'Ready')).to.include('Serving')
    const taken = busy.with({ calls: { ...calls, free: 0 } }).world
    expect(conditionOf(taken, 'PlacesFree')).to.include('QuotaExceeded')
    expect(conditionOf(taken, 'Ready')).to.include('QuotaExceeded')
    const external = busy.withSpec({ capacity: { ...aSpec().capacity, scaling: 'External', replicas: 3 } })
    expect(conditionOf(external.with({ calls: { ...calls, free: 0 } }).world, 'PlacesFree')).to.include('NoFreePlace')
  })
})

describe('a Callbot for which its namespace has no room', () => {
  it('gets nothing when it is new', () => {
    const { plan } = cycle(aWorld().with({ share: noBot }).world)
    expect(plan).to.deep.equal({ steps: [], waitingFor: ['its share of numbers'], recheckAfterSeconds: 10 })
  })

  it('keeps its route when it grows, and goes on with the rest of the spec', () => {
    const grown = serving
      .withSpec({ numbers: ['+33199000001', '+33199000002'], drain: { deadlineSeconds: 60 } })
      .with({ share: noBot })
    const { plan, world } = cycle(grown.world)
    expect(plan.steps.map((step) => ('manifest' in step ? step.manifest.kind : step.do))).to.deep.equal(['Deployment'])
    expect(plan.recheckAfterSeconds).to.be.at.most(10)
    expect(world.route).to.deep.equal(serving.world.route)
  })
})
