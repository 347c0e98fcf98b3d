import { expect } from 'chai'
import type { World } from '../../../../../src/operator/world/callbot.ts'
import { eventOfChange } from '../../../../../src/operator/report/events.ts'
import { aPod, aWorld, cycle } from '../../../../harness/builders.ts'

const serving = aWorld()
  .carriedOut()
  .withPods(...['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone)))
  .carriedOut()
const statusWith = (emergency: World['emergency'], from = serving) => cycle(from.with({ emergency }).world).status!
const of = (status: ReturnType<typeof statusWith>, type: string) => {
  const found = status.conditions!.find((condition) => condition.type === type)
  return found && `${found.status} ${found.reason}`
}

describe('a bot', () => {
  it('is Ready when its emergency number can be called, by a primary or by a backup', () => {
    for (const emergency of ['Primary', 'Backup'] as const) {
      const status = statusWith(emergency)
      expect(of(status, 'FallbackReachable')).to.equal('True AsSpecified')
      expect(of(status, 'Ready')).to.equal('True Serving')
      expect(status.fallback).to.equal('Ready')
    }
  })

  it('is not Ready when no trunk of its emergency number answers, or it has none', () => {
    const down = statusWith('None')
    expect(of(down, 'Ready')).to.equal('False FallbackUnreachable')
    expect(down.fallback).to.equal('Unreachable')
    const without = statusWith('NoTrunks')
    expect(of(without, 'Ready')).to.equal('False FallbackMissing')
    expect(without.fallback).to.equal('Missing')
  })

  it('is neither Ready nor not while the edges have yet to tell, without an event', () => {
    const fresh = aWorld().with({ emergency: 'Unasked' }).carriedOut()
    for (const emergency of ['Unasked', 'Unknown'] as const) {
      const status = statusWith(emergency, fresh.withPods(...serving.world.pods))
      expect(of(status, 'FallbackReachable')).to.equal('Unknown RouteUnknown')
      expect(of(status, 'Ready')).to.equal('Unknown RouteUnknown')
      expect(eventOfChange(fresh.world.bot!, status)).to.equal(undefined)
    }
  })

  it('stays what it was while an operator that has just begun has not asked all edges', () => {
    for (const before of ['Primary', 'None'] as const) {
      const world = serving.with({ emergency: before }).carriedOut()
      expect(statusWith('Unasked', world)).to.deep.equal(world.world.bot!.status)
    }
  })

  it('is judged without it where the installation has no edges', () => {
    const status = statusWith('NoEdges')
    expect(of(status, 'FallbackReachable')).to.equal(undefined)
    expect(of(status, 'Ready')).to.equal('True Serving')
    expect(status.fallback).to.equal('Declared')
  })

  it('tells in one event that its emergency number can not be called, and in one that it can again', () => {
    const lost = eventOfChange(serving.world.bot!, statusWith('None'))
    expect(lost).to.deep.include({ type: 'Warning', reason: 'FallbackUnreachable' })
    const without = serving.with({ emergency: 'None' }).carriedOut()
    expect(eventOfChange(without.world.bot!, statusWith('None', without))).to.equal(undefined)
    expect(eventOfChange(without.world.bot!, statusWith('Primary', without))).to.deep.include({ type: 'Normal' })
  })
})
