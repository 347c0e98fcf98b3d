import { expect } from 'chai'
import fc from 'fast-check'
import { nonceOf, type LaneOrder } from '../../../../src/rules/drill/order.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { createDrillLanes, type DrillLanes } from '../../../../src/voice/http/drill-lanes.ts'
import { createEgress } from '../../../../src/webclient/egress-policy.ts'
import { reachFrom } from '../../../../src/wire/sdp/address-policy.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'
import { aWebService } from '../../../harness/operations.ts'

const RUN = '0123456789abcdef'
const endpoint = (name: string, role: 'Primary' | 'Backup', region: string) => ({
  ...{ name, role, region, url: `https://${name}.invalid` },
})
const http = aWebService({ endpoints: [endpoint('nord', 'Primary', 'eu'), endpoint('sud', 'Backup', 'us')] })

/** Lanes of a pod whose clock stands still unless a test moves it: no probe is due before. */
describe('the lane of a web service, while a drill has a lease of it', () => {
  let clock: FakeClock
  let lanes: DrillLanes
  const open = (regions?: string[]) => {
    clock = new FakeClock()
    lanes = createDrillLanes({
      ...{ namespace: 'lilas', integrations: [{ name: 'cabinet', http }, { name: 'pbx' }], run: RUN },
      ...{ secretsFolder: '/nowhere', egress: createEgress(reachFrom('127.0.0.1')), clock, log: silent },
      ...{ random: () => 1, ...(regions && { regions }) },
    })
  }
  beforeEach(() => open())
  afterEach(() => lanes.close())

  const order = (change: Partial<LaneOrder> = {}) =>
    lanes.order({
      ...{ integration: 'lilas/cabinet', drill: 'one', term: 1, nonce: lanes.nonce(), ttlMilliseconds: 3_000 },
      ...{ fault: 'Blackhole', side: 'Primary' },
      ...change,
    })
  const now = () =>
    lanes
      .view()
      .drills.map(({ drill, fault, side, remainingMilliseconds: left }) => `${drill} ${fault} ${side} ${left}`)

  it('is had as it was ordered last, and ends 3 s after the last reading', async () => {
    expect(order()).to.deep.equal({ kind: 'Given' })
    expect(now()).to.deep.equal(['one Blackhole Primary 3000'])
    await clock.pass(900)
    order({ fault: 'None' })
    expect(now()).to.deep.equal(['one None Primary 3000'])
    expect(lanes.view().drills[0]!.endpoints).to.deep.equal([
      { endpoint: 'nord', state: 'Unknown' },
      { endpoint: 'sud', state: 'Unknown' },
    ])
    clock.freeze(2_999)
    expect(now()).to.deep.equal(['one None Primary 1'])
    clock.freeze(1)
    expect(now(), 'no timer has run: the process was frozen').to.deep.equal([])
    expect(order({ drill: 'two' }), 'and its lane is free').to.deep.equal({ kind: 'Given' })
    expect(now()).to.deep.equal(['two Blackhole Primary 3000'])
  })

  it('lets nothing out when its lease is over, though its timer has not run yet', async () => {
    order({ fault: 'None' })
    clock.freeze(3_000)
    const asked = { integration: 'cabinet', drill: 'one', operation: 'slots' }
    expect(await lanes.ask(asked, new AbortController().signal)).to.include({ finding: 'NoLease' })
  })

  it('ends by order of its drill alone', () => {
    order()
    expect(order({ drill: 'two', ttlMilliseconds: 0 })).to.deep.equal({ kind: 'Ended' })
    expect(now()).to.have.lengthOf(1)
    expect(order({ ttlMilliseconds: 0 })).to.deep.equal({ kind: 'Ended' })
    expect(now()).to.deep.equal([])
  })

  it('is none of another namespace, of a telephone system, or of endpoints that the bot may not use', () => {
    for (const integration of ['other/cabinet', 'lilas/pbx', 'lilas/nobody'])
      expect(order({ integration })).to.deep.include({ kind: 'Refused' })
    open(['eu'])
    expect(order({ side: 'Backup' })).to.deep.include({ kind: 'Refused' })
    expect(order()).to.deep.equal({ kind: 'Given' })
  })

  it('is given by a draining pod no more', async () => {
    order()
    await lanes.close()
    expect(now()).to.deep.equal([])
    expect(order()).to.deep.include({ kind: 'Refused', because: 'the pod is draining: it takes no more orders' })
  })

  it('never outlives 3 s since the reading of the last order that was believed, whatever is ordered', async () => {
    const step = fc.record({
      ...{ age: fc.integer({ min: -50, max: 1_200 }), ttl: fc.integer({ min: 0, max: 5_000 }), term: fc.nat(3) },
      ...{ drill: fc.constantFrom('one', 'two'), pass: fc.integer({ min: 0, max: 2_000 }) },
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        open()
        let until = -Infinity
        let term = 0
        clock.freeze(10_000)
        for (const { age, ttl, pass, ...who } of steps) {
          const read = clock.monotonic() - age
          const { kind } = order({ ...who, nonce: nonceOf(RUN, read), ttlMilliseconds: ttl })
          if (kind === 'Given') {
            expect(who.term).to.be.at.least(term)
            until = Math.max(until, read + Math.min(ttl, 3_000))
          }
          if (kind !== 'Refused') term = Math.max(term, who.term)
          clock.freeze(pass)
          if (clock.monotonic() >= until) expect(now()).to.deep.equal([])
        }
        await lanes.close()
      }),
      { numRuns: 50 },
    )
  })
})
