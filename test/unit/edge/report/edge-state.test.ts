import { expect } from 'chai'
import fc from 'fast-check'
import type { FoundLease } from '../../../../src/edge/plan/drill-lease.ts'
import { planTrunks } from '../../../../src/edge/plan/trunk-tables.ts'
import { inLane } from '../../../../src/edge/render/trunk-tables.ts'
import { viewState } from '../../../../src/edge/report/edge-state.ts'
import { parseEdgeState } from '../../../../src/rules/edge-state.ts'
import type { PartHealth } from '../../../../src/rules/part-state.ts'
import { aTrunkGroup, trunkFacts } from '../../../harness/builders-trunks.ts'

const NOW = 1_700_000_100_000
const tables = planTrunks(
  [aTrunkGroup([{ host: '192.0.2.1' }, { host: '192.0.2.2' }, { host: 'lost.example' }], { holdSeconds: 60 })],
  trunkFacts(),
)
const [main, spare] = tables.trunks
const DOMAIN = tables.groups[0]!.domain
const view = (seen: Record<string, PartHealth>, choice?: string, now = NOW) => ({
  ...{ zone: 'zone-a', epoch: 7, tables, now },
  drills: { nonce: `${'a'.repeat(16)}.7`, leases: [], marked: new Map(), drilled: new Map() },
  seen: {
    trunks: new Map(Object.entries(seen)),
    choices: new Map(choice === undefined ? [] : [[DOMAIN, choice]]),
    calls: new Map([[main!.id, 3]]),
  },
})
const up: PartHealth = { state: 'Up', since: 1_700_000_000_000 }
const down: PartHealth = { state: 'Down', since: 1_700_000_050_000 }

describe('what an edge reports to the operator', () => {
  it('is what the operator reads', () => {
    const state = viewState(undefined, view({ [main!.id]: up, [spare!.id]: down }, main!.id))
    expect(parseEdgeState(JSON.stringify(state))).to.deep.equal(state)
  })

  it('has what keeps it from taking calls, as the operator reads it, and nothing otherwise', () => {
    const obstacle = 'node-a has no public address: annotate it'
    const state = viewState(undefined, { ...view({}), obstacle })
    expect(parseEdgeState(JSON.stringify(state))!.obstacle).to.equal(obstacle)
    expect(viewState(undefined, view({}))).not.to.have.property('obstacle')
  })

  it('is each trunk as the proxy finds it: Unknown before the first verdict, Down with the cure where it can not be used', () => {
    const { trunks } = viewState(undefined, view({ [main!.id]: up }))
    expect(trunks.map(({ trunk, state, calls }) => [trunk, state, calls])).to.deep.equal([
      ['main', 'Up', 3],
      ['spare-1', 'Unknown', 0],
      ['spare-2', 'Down', 0],
    ])
    expect(trunks[2]!.because).to.include('lost.example').and.include('DNS')
    expect(trunks.map(({ address }) => address)).to.deep.equal(['192.0.2.1', '192.0.2.2', undefined])
  })

  it('has the interval between the probes of a trunk where its namespace needs more of them than its share, and else none', () => {
    const group = (name: string, namespace: string, count: number, intervalSeconds: number) =>
      aTrunkGroup(
        Array.from({ length: count }, (_, nth) => ({ host: `192.0.2.${nth + 1}` })),
        {
          integration: { namespace, name, uid: name },
          probe: { intervalSeconds, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 2 },
        },
      )
    const shared = planTrunks([group('many', 'lilas', 50, 1), group('few', 'roses', 2, 1)], trunkFacts())
    const state = viewState(undefined, { ...view({}), tables: shared })
    const secondsOf = (integration: string) => [
      ...new Set(state.trunks.filter((each) => each.integration === integration).map((each) => each.probeSeconds)),
    ]
    expect(secondsOf('lilas/many')).to.deep.equal([3])
    expect(secondsOf('roses/few')).to.deep.equal([undefined])
    expect(parseEdgeState(JSON.stringify(state))).to.deep.equal(state)
  })

  it('is the trunk in use since it is in use', () => {
    const both = { [main!.id]: up, [spare!.id]: up }
    const first = viewState(undefined, view(both, main!.id))
    const same = viewState(first, view(both, main!.id, NOW + 5_000))
    const other = viewState(same, view(both, spare!.id, NOW + 9_000))
    expect(same.active).to.deep.equal(first.active)
    expect(other.active).to.deep.equal([
      { integration: 'lilas/standard', trunk: 'spare-1', since: new Date(NOW + 9_000).toISOString() },
    ])
  })

  it('names no trunk in use while none answers', () => {
    expect(viewState(undefined, view({ [main!.id]: down }, main!.id)).active).to.deep.equal([])
    expect(viewState(undefined, view({}, main!.id)).active, 'it is not known whether it answers').to.deep.equal([])
  })
})

describe('what an edge reports of a drill', () => {
  const lease: FoundLease = {
    ...{ slot: 0, domain: DOMAIN, drill: 'u-1', fault: 'Blackhole', side: 'Primary', to: '+33100000000', ticks: 11 },
    ...{ sharePercent: 0, mostRealCalls: 0 },
    isOpen: true,
  }
  const drilled = (seen: Record<string, PartHealth>, choice?: string, of = lease) => {
    const all = view({ [main!.id]: up, [spare!.id]: up, ...seen }, main!.id)
    const choices = new Map([...all.seen.choices, ...(choice === undefined ? [] : [[inLane(DOMAIN), choice] as const])])
    const marked = new Map([[DOMAIN, { accepted: 3, answered: 2, refused: 1 }]])
    const counts = new Map([['u-1', { met: 2, answered: 1, unanswered: 0, rescued: 1, spared: 3 }]])
    const drills = { ...all.drills, leases: [of], marked, drilled: counts }
    return viewState(undefined, { ...all, drills, seen: { ...all.seen, choices } })
  }

  it('is the lane as the lane finds it, which changes nothing of the trunks themselves', () => {
    const state = drilled({ [inLane(main!.id)]: down, [inLane(spare!.id)]: up }, inLane(spare!.id))
    expect(state.drills).to.deep.equal([
      {
        ...{ integration: 'lilas/standard', drill: 'u-1', fault: 'Blackhole', side: 'Primary' },
        remainingMilliseconds: 2_750,
        trunks: [
          { trunk: 'main', state: 'Down' },
          { trunk: 'spare-1', state: 'Up' },
        ],
        active: 'spare-1',
      },
    ])
    expect(state.trunks.map(({ state: is }) => is)).to.deep.equal(['Up', 'Up', 'Down'])
    expect(state.active.map(({ trunk }) => trunk)).to.deep.equal(['main'])
    expect(parseEdgeState(JSON.stringify(state))).to.deep.equal(state)
  })

  it('names no trunk in use while none is known to answer there', () => {
    const { drills } = drilled({}, inLane(main!.id))
    expect(drills[0]).to.not.have.property('active')
    expect(drills[0]!.trunks.map(({ state }) => state)).to.deep.equal(['Unknown', 'Unknown'])
  })

  it('shows nothing of the lane before it has begun: what is known is from the lease before', () => {
    const seen = { [inLane(main!.id)]: up, [inLane(spare!.id)]: up }
    const [drill] = drilled(seen, inLane(main!.id), { ...lease, isOpen: false }).drills
    expect(drill).to.not.have.property('active')
    expect(drill!.trunks.map(({ state }) => state)).to.deep.equal(['Unknown', 'Unknown'])
  })

  it('counts real calls by drill', () => {
    const counts = { met: 2, answered: 1, unanswered: 0, rescued: 1, spared: 3 }
    expect(drilled({}).drilled).to.deep.equal([{ drill: 'u-1', ...counts }])
  })

  it('counts test calls by Integration', () => {
    expect(drilled({}).marked).to.deep.equal([{ integration: 'lilas/standard', accepted: 3, answered: 2, refused: 1 }])
  })
})

describe('the trunk in use', () => {
  it('is the one that the proxy chose, and no other, whatever the states are', () => {
    const observation = fc.record({
      state: fc.constantFrom('Up' as const, 'Down' as const),
      since: fc.constant(1),
    })
    const choice = fc.constantFrom(main!.id, spare!.id, '-', 'of another', undefined)
    fc.assert(
      fc.property(observation, observation, choice, (first, second, chosen) => {
        const states = { [main!.id]: first, [spare!.id]: second }
        const { active } = viewState(undefined, view(states, chosen))
        const row = [main!, spare!].find(({ id }) => id === chosen && states[id]!.state === 'Up')
        expect(active.map(({ trunk }) => trunk)).to.deep.equal(row === undefined ? [] : [row.name])
      }),
    )
  })
})
