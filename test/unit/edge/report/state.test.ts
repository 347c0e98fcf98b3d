import { expect } from 'chai'
import fc from 'fast-check'
import { planTrunks } from '../../../../src/edge/plan/trunks.ts'
import { activeTrunk, viewState, type TrunkSighting } from '../../../../src/edge/report/state.ts'
import { parseEdgeState } from '../../../../src/rules/edge-state.ts'
import { aTrunkGroup, trunkFacts } from '../../../kit/builders-trunks.ts'

const NOW = 1_700_000_100_000
const tables = planTrunks(
  [aTrunkGroup([{ host: '192.0.2.1' }, { host: '192.0.2.2' }, { host: 'lost.example' }], { holdSeconds: 60 })],
  trunkFacts(),
)
const [main, spare] = tables.trunks
const view = (seen: Record<string, TrunkSighting>, now = NOW) => ({
  ...{ zone: 'zone-a', epoch: 7, tables, now },
  seen: { trunks: new Map(Object.entries(seen)), calls: new Map([[main!.id, 3]]) },
})
const up: TrunkSighting = { state: 'Up', since: 1_700_000_000 }
const down: TrunkSighting = { state: 'Down', since: 1_700_000_050 }

describe('what an edge tells the operator', () => {
  it('is what the operator reads', () => {
    const state = viewState(undefined, view({ [main!.id]: up, [spare!.id]: down }))
    expect(parseEdgeState(JSON.stringify(state))).to.deep.equal(state)
  })

  it('is each trunk as the proxy finds it: Unknown before the first verdict, Down with the cure where it can not be used', () => {
    const { trunks } = viewState(undefined, view({ [main!.id]: up }))
    expect(trunks.map(({ trunk, state, calls }) => [trunk, state, calls])).to.deep.equal([
      ['main', 'Up', 3],
      ['spare-1', 'Unknown', 0],
      ['spare-2', 'Down', 0],
    ])
    expect(trunks[2]!.because).to.include('lost.example').and.include('DNS')
  })

  it('is the trunk in use since it is in use', () => {
    const first = viewState(undefined, view({ [main!.id]: up }))
    const same = viewState(first, view({ [main!.id]: up }, NOW + 5_000))
    const other = viewState(same, view({ [main!.id]: down, [spare!.id]: up }, NOW + 9_000))
    expect(same.active).to.deep.equal(first.active)
    expect(other.active).to.deep.equal([
      { integration: 'lilas/standard', trunk: 'spare-1', since: new Date(NOW + 9_000).toISOString() },
    ])
  })

  it('names no trunk in use while none answers', () => {
    expect(viewState(undefined, view({ [main!.id]: down })).active).to.deep.equal([])
  })
})

describe('the trunk in use', () => {
  it('is held back until it answered again for as long as it has to', () => {
    const seen = (now: number) => view({ [main!.id]: { ...up, back: NOW / 1000 }, [spare!.id]: up }, now)
    expect(activeTrunk(tables.trunks, seen(NOW + 59_000))?.name).to.equal('spare-1')
    expect(activeTrunk(tables.trunks, seen(NOW + 60_000))?.name).to.equal('main')
  })

  it('is one that answers whenever any does', () => {
    const sighting = fc.record({
      state: fc.constantFrom('Up' as const, 'Down' as const),
      since: fc.constant(1),
      back: fc.nat(2_000_000_000),
    })
    fc.assert(
      fc.property(sighting, sighting, (first, second) => {
        const found = activeTrunk(tables.trunks, view({ [main!.id]: first, [spare!.id]: second }))
        expect(found === undefined).to.equal(first.state === 'Down' && second.state === 'Down')
      }),
    )
  })
})
