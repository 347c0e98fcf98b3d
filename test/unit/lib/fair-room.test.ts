import { expect } from 'chai'
import fc from 'fast-check'
import { FairRoom } from '../../../src/lib/fair-room.ts'

describe('room that owners share', () => {
  it('has so many places for one, and gives each back once', () => {
    const room = new FairRoom({ share: 2, total: 8 })
    const [first, second] = [room.enter('a'), room.enter('a')]
    expect(room.enter('a')).to.equal(undefined)
    first!()
    first!()
    expect(room.taken).to.equal(1)
    expect(room.enter('a')).not.to.equal(undefined)
    expect(room.enter('a')).to.equal(undefined)
    second!()
  })

  it('has the whole share for an owner again that has left with all', () => {
    const room = new FairRoom({ share: 2, total: 8 })
    for (let round = 0; round < 3; round++) {
      const both = [room.enter('a'), room.enter('a')]
      expect(both, `round ${round}`).not.to.include(undefined)
      for (const leave of both) leave!()
    }
    expect(room.taken).to.equal(0)
  })

  it('has a place for who has none, however many others take all that they get', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 2, max: 64 }), (share, total) => {
        const room = new FairRoom({ share, total })
        const greedy = Array.from({ length: total - 1 }, (_, nth) => `greedy-${nth}`)
        for (let round = 0; round <= share; round++) for (const owner of greedy) room.enter(owner)
        expect(room.taken).to.be.below(total)
        expect(room.enter('newcomer')).not.to.equal(undefined)
      }),
    )
  })

  it('never has more than its total in it, nor more than its share of one, whatever comes and goes', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (all) => {
        const room = new FairRoom({ share: 3, total: 7 })
        const inside: { owner: string; leave: () => void }[] = []
        for (const [owner, comes] of all) {
          const leave = comes ? room.enter(owner) : undefined
          if (leave !== undefined) inside.push({ owner, leave })
          if (!comes) inside.splice(0, 1)[0]?.leave()
          expect(room.taken).to.equal(inside.length).and.be.at.most(7)
          expect(inside.filter((each) => each.owner === owner).length).to.be.at.most(3)
        }
      }),
    )
  })
})
