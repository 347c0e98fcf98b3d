import { expect } from 'chai'
import fc from 'fast-check'
import { giveSets, type SetPair } from '../../../../src/edge/plan/dispatcher-sets.ts'

const bots = fc.uniqueArray(fc.constantFrom('a/x', 'a/y', 'b/x', 'b/y', 'c/x', 'c/y', 'd/x'), { maxLength: 7 })
/** What bots there are, and how much later. Milliseconds; a clock may be set back. */
const history = fc.array(fc.record({ bots, after: fc.integer({ min: -10_000, max: 90_000 }) }), { maxLength: 20 })
const of = (pairs: readonly SetPair[], bot: string) =>
  pairs.find((pair) => pair.bot === bot && pair.goneAt === undefined)

describe('the dispatcher sets of bots', () => {
  it('are a pair for each bot, even and from 2 up, and nobody else\u2019s', () => {
    const ids = giveSets(
      [],
      Array.from({ length: 5_000 }, (_, index) => `ns/bot-${index}`),
      0,
    ).map(({ id }) => id)
    expect(new Set(ids).size).to.equal(5_000)
    expect(ids, 'by id, so that the table does not change by its order').to.deep.equal(
      ids.toSorted((one, other) => one - other),
    )
    expect(Math.max(...ids), 'no larger than it has to be').to.equal(10_000)
    for (const id of ids) expect(id >= 2 && id % 2 === 0).to.equal(true)
  })

  it('never move while the bot has a route, whatever other bots come and go, and are never two bots\u2019 at a time', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let pairs: SetPair[] = []
        let now = 1_000_000
        for (const { bots: there, after } of steps) {
          now += after
          const next = giveSets(pairs, there, now)
          for (const bot of there) {
            expect(of(next, bot), bot).not.to.equal(undefined)
            if (of(pairs, bot) !== undefined) expect(of(next, bot)).to.deep.equal(of(pairs, bot))
          }
          expect(new Set(next.map(({ id }) => id)).size).to.equal(next.length)
          pairs = next
        }
      }),
    )
  })

  it('are free a minute after their bot has gone, and not before, also when the clock is set back', () => {
    const first = giveSets([], ['a/x'], 1_000_000)
    const gone = giveSets(first, [], 1_000_000)
    expect(of(giveSets(gone, ['b/x'], 1_059_000), 'b/x')!.id).to.equal(4)
    const three = giveSets([], ['a/x', 'b/x', 'c/x'], 0)
    const later = giveSets(giveSets(three, ['c/x'], 0), ['c/x', 'd/x'], 70_000)
    expect(later, 'what is new stands where its id says').to.deep.equal([
      { bot: 'd/x', id: 2 },
      { bot: 'c/x', id: 6 },
    ])
    expect(of(giveSets(gone, ['b/x'], 1_060_000), 'b/x')!.id).to.equal(2)
    const setBack = giveSets(gone, [], 500_000)
    expect(of(giveSets(setBack, ['b/x'], 559_000), 'b/x')!.id).to.equal(4)
    expect(of(giveSets(gone, ['a/x'], 1_030_000), 'a/x'), 'it is back').to.deep.equal({ bot: 'a/x', id: 2 })
  })
})
