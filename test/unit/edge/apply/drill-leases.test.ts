import { expect } from 'chai'
import { createLeases, type Leases } from '../../../../src/edge/apply/drill-leases.ts'
import type { Lease } from '../../../../src/edge/plan/drill-lease.ts'
import { planTrunks } from '../../../../src/edge/plan/trunk-tables.ts'
import type { DrillOrder } from '../../../../src/rules/drill/order.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { aTrunkGroup, trunkFacts } from '../../../harness/builders-trunks.ts'
import { anOrder } from '../../../harness/driller.ts'
import { FakeClock, settle } from '../../../harness/fake-clock.ts'

const tables = planTrunks([aTrunkGroup([{ host: '192.0.2.1' }, { host: '192.0.2.2' }])], trunkFacts())

describe('the leases that an agent gives', () => {
  let clock: FakeClock
  let leases: Leases
  /** What the proxy has; undefined: it is away. */
  let held: Map<number, Lease> | undefined
  let calls: string[]
  let gate: Promise<void>

  beforeEach(() => {
    clock = new FakeClock()
    held = new Map()
    calls = []
    gate = Promise.resolve()
    const proxy = {
      leases: async () => held && [...held.values()].map((lease) => ({ ...lease, isOpen: true })),
      async giveLease(lease: Lease, isNew: boolean) {
        await gate
        calls.push(`give ${lease.slot} ${lease.fault}${isNew ? ' first' : ''}`)
        held?.set(lease.slot, lease)
        return held !== undefined
      },
      async endLease(slot: number) {
        calls.push(`end ${slot}`)
        held?.delete(slot)
        return held !== undefined
      },
    }
    leases = createLeases({ proxy, clock, log: silent, run: 'a'.repeat(16), tables: () => tables })
  })
  const order = (change: Partial<DrillOrder> = {}) => leases.order(anOrder(leases.nonce(), change))

  it('end 3 s after the last reading, and not while orders follow', async () => {
    expect(await order({ fault: 'Refuse' })).to.deep.equal({ kind: 'Given' })
    for (let second = 0; second < 10; second++) {
      await clock.pass(1_000)
      await order({ fault: 'Refuse' })
    }
    expect(calls.filter((call) => call.startsWith('end'))).to.deep.equal([])
    await clock.pass(2_999)
    expect(held!.size).to.equal(1)
    await clock.pass(1)
    await settle()
    expect(held!.size).to.equal(0)
  })

  it('are over for who was frozen while the proxy got one: it is taken away at once', async () => {
    let open = () => {}
    gate = new Promise((resolve) => (open = resolve))
    const given = order({ fault: 'Blackhole' })
    await settle()
    clock.freeze(3_600_000)
    open()
    await given
    await clock.pass(0)
    await settle()
    expect(calls).to.deep.equal(['give 0 Blackhole first', 'end 0'])
  })

  it('end at once by an order of 0 ms, and only once', async () => {
    await order()
    expect(await order({ ttlMilliseconds: 0 })).to.deep.equal({ kind: 'Ended' })
    await clock.pass(10_000)
    await settle()
    expect(calls).to.deep.equal(['give 0 None first', 'end 0'])
  })

  it('are refused to a lower term than one that was heard, be it of an order that could not be carried out', async () => {
    expect((await order({ term: 9, integration: 'lilas/nobody' })).kind).to.equal('Refused')
    expect(await order({ term: 8 }))
      .to.have.property('because')
      .that.includes('term 8 is over')
    expect((await order({ term: 9 })).kind).to.equal('Given')
  })

  it('are carried out in turn, and none while the proxy is away', async () => {
    const outcomes = await Promise.all([order({ fault: 'Refuse' }), order({ ttlMilliseconds: 0 }), order()])
    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['Given', 'Ended', 'Given'])
    expect(calls).to.deep.equal(['give 0 Refuse first', 'end 0', 'give 0 None first'])
    held = undefined
    expect((await order()).kind).to.equal('Away')
  })
})
