import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { decideOrder, TICK_MS, type Lease, type LeaseFacts } from '../../../../src/edge/plan/drill-lease.ts'
import { planTrunks } from '../../../../src/edge/plan/trunk-tables.ts'
import { MOST_LEASES } from '../../../../src/rules/drill/lease-line.ts'
import { NO_LIMIT, LONGEST_LEASE_MS, nonceOf, type DrillOrder } from '../../../../src/rules/drill/order.ts'
import { aTrunkGroup, trunkFacts } from '../../../harness/builders-trunks.ts'
import { anOrder, DRILL, TEST_NUMBER } from '../../../harness/driller.ts'

const RUN = '0123456789abcdef'
const NOW = 50_000
const DOMAIN = 'standard.lilas.trunks'
const tables = planTrunks(
  [
    aTrunkGroup([{ host: '192.0.2.1' }, { host: '192.0.2.2' }]),
    aTrunkGroup([{ host: '192.0.2.1' }], { integration: { namespace: 'lilas', name: 'alone', uid: 'a' } }),
    aTrunkGroup([{ host: 'lost.example' }], { integration: { namespace: 'lilas', name: 'lost', uid: 'l' } }),
  ],
  trunkFacts(),
)
const facts = (known: Partial<LeaseFacts> = {}): LeaseFacts => {
  return { run: RUN, now: NOW, term: 0, leases: [], tables, ...known }
}
const order = (change: Partial<DrillOrder> = {}, age = 100) =>
  anOrder(nonceOf(RUN, NOW - age), { fault: 'Blackhole', ...change })
const aLease = (change: Partial<Lease> = {}): Lease => ({
  ...{ slot: 0, domain: DOMAIN, drill: DRILL, fault: 'None', side: 'Primary', to: TEST_NUMBER, ticks: 4 },
  ...{ sharePercent: 0, mostRealCalls: NO_LIMIT },
  ...change,
})
const because = (change: Partial<DrillOrder>, known: Partial<LeaseFacts> = {}, age?: number) => {
  const decision = decideOrder(order(change, age), facts(known))
  return decision.kind === 'Refuse' ? decision.because : `it is not refused: ${decision.kind}`
}

describe('an edge that is ordered to drill', () => {
  it('gives a lease in the first slot that is free, and renews one in its own', () => {
    const given = decideOrder(order(), facts({ leases: [aLease({ domain: 'other' })] }))
    expect(given).to.deep.include({ kind: 'Give', isNew: true })
    expect(given).to.have.nested.property('lease.slot', 1)
    const renewed = decideOrder(order(), facts({ leases: [aLease({ slot: 5 })] }))
    expect(renewed).to.deep.include({ kind: 'Give', isNew: false })
    expect(renewed).to.have.nested.property('lease.slot', 5)
  })

  it('refuses the word of who was frozen: an old reading, one of another run, one from the future, a lower term', () => {
    expect(because({}, {}, 1_001)).to.include('nonce')
    expect(because({}, {}, -1)).to.include('nonce')
    expect(because({ nonce: nonceOf('f'.repeat(16), NOW) })).to.include('nonce')
    expect(because({ term: 4 }, { term: 5 })).to.include('term 4 is over, this edge knows 5')
    expect(decideOrder(order({ term: 5 }), facts({ term: 5 })).kind).to.equal('Give')
  })

  it('refuses to end a lease by such a word, too, and ends no lease of another drill', () => {
    expect(because({ ttlMilliseconds: 0 }, { leases: [aLease()] }, 5_000)).to.include('nonce')
    const end = (drill: string) =>
      decideOrder(order({ ttlMilliseconds: 0, drill }), facts({ leases: [aLease({ slot: 3 })] }))
    expect(end(DRILL)).to.deep.equal({ kind: 'End', slot: 3 })
    expect(end('another')).to.deep.equal({ kind: 'End', slot: undefined })
  })

  it('refuses a lane that another drill has, and one more drill than it can count', () => {
    expect(because({}, { leases: [aLease({ drill: 'd-1' })] })).to.include('the drill d-1 has the lane')
    const leases = Array.from({ length: MOST_LEASES }, (_, slot) => aLease({ slot, domain: `d${slot}` }))
    expect(because({}, { leases })).to.include('8 drills are under way')
  })

  it('refuses an Integration that it does not know or can not call, and a side without a trunk', () => {
    expect(because({ integration: 'lilas/nobody' })).to.include('no Primary trunk')
    expect(because({ integration: 'lilas/lost', fault: 'None' })).to.include('no trunk that this edge can use')
    expect(because({ integration: 'lilas/alone', side: 'Backup' })).to.include('no Backup trunk')
  })

  it('counts as heard what is fresh and of no lower term, and nothing else', () => {
    const isHeard = (change: Partial<DrillOrder>, known: Partial<LeaseFacts> = {}) => {
      const decision = decideOrder(order(change), facts(known))
      return decision.kind !== 'Refuse' || decision.isHeard
    }
    expect(isHeard({ term: 9, integration: 'lilas/nobody' })).to.equal(true)
    expect(isHeard({ term: 9, nonce: nonceOf(RUN, 0) })).to.equal(false)
    expect(isHeard({ term: 8 }, { term: 9 })).to.equal(false)
  })

  it('never gives more than 3 s from the moment of the reading, nor more than is asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: -10, max: 3_500 }), (ttlMilliseconds, age) => {
        const decision = decideOrder(order({ ttlMilliseconds }, age), facts())
        if (decision.kind !== 'Give') return
        expect(decision.endsAt - (NOW - age)).to.equal(Math.min(ttlMilliseconds, LONGEST_LEASE_MS))
        const left = decision.endsAt - NOW
        expect(left).to.be.greaterThan(0)
        expect(decision.lease.ticks * TICK_MS).to.be.within(left, left + TICK_MS)
      }),
    )
    expect(because({ ttlMilliseconds: 500 }, {}, 600)).to.include('over before it arrived')
  })

  it('has as many slots as the proxy counts down, as often as the proxy does', () => {
    const text = readFileSync('src/edge/proxy/kamailio.cfg', 'utf8')
    expect(text).to.match(new RegExp(`^#!define DRILL_LEASES ${MOST_LEASES}$`, 'm'))
    expect(text).to.include(`"name=probes;interval=${TICK_MS * 1_000}u;mode=1;"`)
  })
})
