import { expect } from 'chai'
import fc from 'fast-check'
import { bornUnder } from '../../../../src/rules/retention/life.ts'
import { bucketOf } from '../../../../src/rules/retention/bucket.ts'
import { partitionsAhead, partitionsGone, type Partition } from '../../../../src/rules/retention/partitions.ts'

const DAY = 86_400_000
const NOW = 20_000 * DAY + 5_000

describe('partitions', () => {
  it('are there for each record that is made before the next run, and was made since the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 315_360_000 }), fc.integer({ min: -DAY, max: DAY }), (life, later) => {
        const there = partitionsAhead([{ class: 'Transcript', life }], NOW, DAY, DAY)
        const birth = bornUnder({ rules: [{ class: 'Transcript', seconds: life }] }, 'Transcript', NOW + later)
        const expiresAt = birth.kind === 'kept' ? birth.expiresAt : 0
        const fits = there.filter(({ from, to }) => from <= expiresAt && expiresAt < to)
        if (expiresAt >= NOW) expect(fits).to.have.length(1)
        expect(there.length).to.be.at.most(4)
      }),
    )
  })

  it('are not made for what is not kept', () => {
    expect(partitionsAhead([{ class: 'Recording', life: 0 }], NOW, DAY, DAY)).to.deep.equal([])
  })

  const aPartition = (from: number, state: Partition['state'] = 'Attached'): Partition => ({
    ...{ class: 'Transcript', from, to: from + DAY, state },
  })
  const living = (expiresAt: number, dataClass: 'Transcript' | 'Recording' = 'Transcript') => ({
    ...bucketOf({ tenant: 'a', policy: 'p', class: dataClass, life: 100 }, expiresAt),
    ...{ id: 'one', shortened: 0 },
  })

  it('go when they have ended and no key of them is left', () => {
    const old = aPartition(NOW - 3 * DAY)
    const current = aPartition(20_000 * DAY)
    expect(partitionsGone([old, current], [], NOW)).to.deep.equal([old])
    expect(partitionsGone([old], [living(old.from + 5)], NOW)).to.deep.equal([])
    expect(partitionsGone([old], [living(old.from + 5, 'Recording')], NOW)).to.deep.equal([old])
  })

  it('are finished when an earlier run began to remove them', () => {
    const begun = [aPartition(NOW - 3 * DAY, 'Detaching'), aPartition(NOW - 4 * DAY, 'Detached')]
    expect(partitionsGone(begun, [], NOW)).to.deep.equal(begun)
  })

  it('that are being detached come first: meanwhile PostgreSQL detaches no other one of their table', () => {
    const [old, pending] = [aPartition(NOW - 4 * DAY), aPartition(NOW - 3 * DAY, 'Detaching')]
    expect(partitionsGone([old, pending], [], NOW)).to.deep.equal([pending, old])
  })
})
