import { expect } from 'chai'
import fc from 'fast-check'
import { FairQueue } from '../../../src/speech/fair-queue.ts'
import { UploadQuota } from '../../../src/speech/upload-quota.ts'

describe('the fair share of tenants in the speech server', () => {
  it('serves a tenant that asks once next, however many requests another has waiting', () => {
    const lanes = new FairQueue<string>({ live: 32, ahead: 4 })
    for (let each = 0; each < 20; each++) lanes.push(`flood ${each}`, 'live', { tenant: 'flood', cost: 1 })
    expect([lanes.next(), lanes.next()]).to.deep.equal(['flood 0', 'flood 1'])
    lanes.push('quiet', 'live', { tenant: 'quiet', cost: 1 })
    expect(lanes.next()).to.equal('quiet')
  })

  it('lets a tenant with fewer waiting into a full lane, and turns away the youngest of who has most', () => {
    const lanes = new FairQueue<string>({ live: 4, ahead: 4 })
    const out: (string | undefined)[] = []
    for (let each = 0; each < 5; each++) out.push(lanes.push(`flood ${each}`, 'live', { tenant: 'flood', cost: 1 }))
    out.push(lanes.push('quiet 0', 'live', { tenant: 'quiet', cost: 1 }))
    for (let each = 1; each < 3; each++) out.push(lanes.push(`quiet ${each}`, 'live', { tenant: 'quiet', cost: 1 }))
    expect(out.filter((each) => each !== undefined)).to.deep.equal(['flood 4', 'flood 3', 'flood 2', 'quiet 2'])
  })

  it('counts work and not requests: long recordings of one don’t take the time of another', () => {
    const lanes = new FairQueue<string>({ live: 100, ahead: 4 })
    for (let each = 0; each < 20; each++) {
      lanes.push('long', 'live', { tenant: 'a', cost: 60 })
      lanes.push('short', 'live', { tenant: 'b', cost: 3 })
    }
    const first = Array.from({ length: 21 }, () => lanes.next())
    expect(first.filter((each) => each === 'short').length).to.be.at.least(19)
  })

  it('loses no item and invents none, whoever comes and goes', () => {
    const act = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      cost: fc.integer({ min: 1, max: 60 }),
      take: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
        const lanes = new FairQueue<number>({ live: 5, ahead: 5 })
        const ended = new Set<number | undefined>()
        acts.forEach(({ take, ...claim }, item) => {
          ended.add(lanes.push(item, 'live', claim))
          if (take) ended.add(lanes.next())
        })
        for (let item = lanes.next(); item !== undefined; item = lanes.next()) ended.add(item)
        ended.delete(undefined)
        expect(ended.size).to.equal(acts.length)
      }),
    )
  })

  it('leaves room for the upload of a newcomer, however many tenants upload all that they may', () => {
    const uploads = new UploadQuota(64)
    for (let tenant = 0; tenant < 5; tenant++) while (uploads.take(`flood ${tenant}`, 1));
    expect(uploads.octets).to.be.below(64)
    const giveBack = uploads.take('quiet', 1)
    expect(giveBack).to.exist
    const full = uploads.octets
    giveBack!()
    giveBack!()
    expect(uploads.octets).to.equal(full - 1)
  })
})
