import { expect } from 'chai'
import fc from 'fast-check'
import { judgeOrder, orderPage, type OrderFacts } from '../../../../src/rules/drill/lease.ts'
import { LONGEST_LEASE_MS, nonceOf, type LaneOrder } from '../../../../src/rules/drill/order.ts'

const RUN = '0123456789abcdef'
const facts = (known: Partial<OrderFacts> = {}): OrderFacts => ({
  ...{ who: 'pod', run: RUN, now: 50_000, term: 3, heldBy: undefined, obstacle: () => undefined },
  ...known,
})
const order = (change: Partial<LaneOrder> = {}): LaneOrder => ({
  ...{ integration: 'lilas/cabinet', drill: 'one', term: 3, nonce: nonceOf(RUN, 49_900), ttlMilliseconds: 3_000 },
  ...{ fault: 'Blackhole', side: 'Primary' },
  ...change,
})

describe('a lease of a drill, in an edge and in a pod alike', () => {
  it('never lasts longer than was asked for, nor than 3 s from the reading, whoever asks whenever', () => {
    const number = fc.integer({ min: 0, max: 60_000 })
    const holder = fc.constantFrom(undefined, 'one', 'another')
    fc.assert(
      fc.property(number, number, number, fc.nat(9), holder, (read, now, ttlMilliseconds, term, heldBy) => {
        const told = order({ nonce: nonceOf(RUN, read), ttlMilliseconds, term })
        const judged = judgeOrder(told, facts({ now, heldBy }))
        const isFresh = read <= now && now - read <= 1_000 && term >= 3
        expect(judged.kind === 'Refuse' && !judged.isHeard).to.equal(!isFresh)
        if (judged.kind !== 'Give') return
        expect(judged.endsAt)
          .to.be.at.most(read + Math.min(ttlMilliseconds, LONGEST_LEASE_MS))
          .and.above(now)
        expect(heldBy).to.not.equal('another')
        expect(judged.isNew).to.equal(heldBy === undefined)
      }),
    )
  })

  it('is ended by its own drill alone, and refused for what stands in its way only to who is believed', () => {
    expect(judgeOrder(order({ ttlMilliseconds: 0 }), facts({ heldBy: 'one' }))).to.include({ kind: 'End', isOwn: true })
    expect(judgeOrder(order({ ttlMilliseconds: 0 }), facts({ heldBy: 'two' }))).to.include({ isOwn: false })
    const obstacle = () => 'there is no backup'
    expect(judgeOrder(order(), facts({ obstacle }))).to.deep.equal({
      ...{ kind: 'Refuse', because: 'there is no backup', isHeard: true },
    })
    expect(judgeOrder(order({ term: 2 }), facts({ obstacle }))).to.deep.equal({
      ...{ kind: 'Refuse', because: 'term 2 is over, this pod knows 3: another operator leads', isHeard: false },
    })
  })

  it('is answered with the nonce for the next order, whatever became of this one', () => {
    const page = (...told: Parameters<typeof orderPage>) => {
      const { status, text } = orderPage(...told)
      return [status, JSON.parse(text)] as const
    }
    expect(page('n', { kind: 'Given' })).to.deep.equal([200, { nonce: 'n', kind: 'Given' }])
    expect(page('n', { kind: 'Refused', because: 'x' })).to.deep.equal([
      409,
      { nonce: 'n', kind: 'Refused', because: 'x' },
    ])
    expect(page('n', undefined)[0]).to.equal(400)
  })
})
