import { expect } from 'chai'
import fc from 'fast-check'
import {
  admit,
  allowanceOf,
  ANY_AMOUNT,
  NO_LIMITS,
  readShares,
  sharesOf,
  whyBeyond,
  type Amounts,
  type Sharer,
} from '../../../src/rules/shares.ts'

const amount = fc.integer({ min: 0, max: 8 })
const amounts = fc.record({ trunks: amount, sources: amount })
const sharers = fc
  .array(
    fc.record({
      namespace: fc.constantFrom('a', 'b', 'c'),
      since: fc.integer({ min: 0, max: 5 }),
      wants: amounts,
      has: fc.option(amounts, { nil: undefined }),
    }),
    { maxLength: 12 },
  )
  .map((all): Sharer[] => all.map((each, index) => ({ ...each, key: `${each.namespace}/${index}` })))
const limits = fc.record({ trunks: fc.integer({ min: 0, max: 20 }), sources: fc.integer({ min: 0, max: 20 }) })
const RESOURCES = ['trunks', 'sources'] as const
const RUNS = { numRuns: 1_000 }

/** What is published when the answers were carried out. */
const after = (all: readonly Sharer[], answers: ReturnType<typeof admit>): Sharer[] =>
  all.map((each) => (answers.get(each.key) === undefined ? { ...each, has: each.wants } : each))
const sumOf = (all: readonly Sharer[], resource: string) =>
  all.reduce((sum, { has }) => sum + (has?.[resource] ?? 0), 0)
const grows = ({ wants, has }: Sharer) => RESOURCES.some((each) => (wants[each] ?? 0) > (has?.[each] ?? 0))

describe('the shares that the chart sets', () => {
  it('are those of a namespace where it has some of its own, else those of all', () => {
    const settings = readShares('{"default":{"trunks":40,"sources":500},"namespaces":{"acme":{"trunks":200}}}')!
    expect(sharesOf(settings).share('acme')).to.deep.equal({ trunks: 200, sources: 500 })
    expect(sharesOf(settings).share('lilas')).to.deep.equal({ trunks: 40, sources: 500 })
    expect(sharesOf(NO_LIMITS).share('lilas')).to.deep.equal({})
  })

  it('are whole numbers', () => {
    for (const wrong of [
      '',
      '[',
      '{"default":{"trunks":-1}}',
      '{"total":{"trunks":"1"}}',
      '{"namespaces":{"a":{"trunks":1.5}}}',
    ])
      expect(readShares(wrong), wrong).to.equal(undefined)
  })
})

describe('shares of what all namespaces use', () => {
  it('say what is refused, how much of how much is used, and by whom', () => {
    const one = (key: string, since: number, trunks: number, has?: Amounts): Sharer => {
      return { key, namespace: 'acme', since, wants: { trunks }, has }
    }
    const share = () => ({ trunks: 4 })
    const answers = admit([one('old', 1, 3), one('young', 2, 2), one('small', 3, 1)], { share, total: {} })
    expect([...answers]).to.deep.equal([
      ['old', undefined],
      ['young', { resource: 'trunks', used: 3, limit: 4, of: 'Namespace' }],
      ['small', undefined],
    ])
    const full = admit([one('only', 1, 3)], { share, total: { trunks: 2 } })
    expect(full.get('only')).to.deep.equal({ resource: 'trunks', used: 0, limit: 2, of: 'All' })
  })

  it('of one namespace do not depend on any other, as long as all together have room', () => {
    fc.assert(
      fc.property(sharers, limits, (all, share) => {
        const together = admit(all, { share: () => share, total: {} })
        for (const namespace of ['a', 'b', 'c']) {
          const own = all.filter((each) => each.namespace === namespace)
          for (const [key, answer] of admit(own, { share: () => share, total: {} }))
            expect(together.get(key)).to.deep.equal(answer)
        }
      }),
      RUNS,
    )
  })

  it('take nothing away that is published: not by age, nor by growth, nor by a lower share', () => {
    fc.assert(
      fc.property(sharers, limits, limits, (all, share, total) => {
        const answers = admit(all, { share: () => share, total })
        for (const each of all) if (!grows(each)) expect(answers.get(each.key), each.key).to.equal(undefined)
        const next = admit(after(all, answers), { share: () => ({ trunks: 0, sources: 0 }), total: {} })
        for (const each of after(all, answers)) if (!grows(each)) expect(next.get(each.key)).to.equal(undefined)
      }),
      RUNS,
    )
  })

  it('are not exceeded by what is new or grows, of a namespace or of all', () => {
    fc.assert(
      fc.property(sharers, limits, limits, (all, share, total) => {
        const now = after(all, admit(all, { share: () => share, total }))
        for (const resource of RESOURCES) {
          expect(sumOf(now, resource)).to.be.at.most(Math.max(total[resource], sumOf(all, resource)))
          for (const namespace of ['a', 'b', 'c']) {
            const of = (some: readonly Sharer[]) => some.filter((each) => each.namespace === namespace)
            expect(sumOf(of(now), resource)).to.be.at.most(Math.max(share[resource], sumOf(of(all), resource)))
          }
        }
      }),
      RUNS,
    )
  })

  it('are the same in whatever order objects are found', () => {
    fc.assert(
      fc.property(sharers, limits, (all, share) => {
        const there = admit(all, { share: () => share, total: share })
        expect([...admit(all.toReversed(), { share: () => share, total: share })]).to.have.deep.members([...there])
      }),
      RUNS,
    )
  })

  it('of which one takes as much as there is leave what it has, stop at the limits, and have none without limits', () => {
    const amount = fc.nat(12)
    fc.assert(
      fc.property(amount, amount, amount, amount, amount, (has, others, strangers, limit, total) => {
        const used = { own: { pods: has + others }, all: { pods: has + others + strangers } }
        const shares = { share: () => ({ pods: limit }), total: { pods: total } }
        const { most, stoppedBy } = allowanceOf('pods', { namespace: 'a', has }, used, shares)
        const room = Math.min(limit - others, total - others - strangers)
        expect(most).to.equal(Math.max(has, room))
        expect(stoppedBy!.limit).to.equal(stoppedBy!.of === 'All' ? total : limit)
        // Whoever wants as much as that gets it; one more does not fit.
        const fits = (pods: number) => whyBeyond({ namespace: 'a', wants: { pods }, has: { pods: has } }, used, shares)
        expect(fits(most)).to.equal(undefined)
        expect(fits(most + 1)).not.to.equal(undefined)
      }),
      RUNS,
    )
    expect(allowanceOf('pods', { namespace: 'a', has: 3 }, { own: {}, all: {} }, sharesOf(NO_LIMITS))).to.equal(
      ANY_AMOUNT,
    )
  })
})
