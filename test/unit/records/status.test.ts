import { expect } from 'chai'
import { Status } from '../../../src/records/status.ts'

describe('the state of the program records', () => {
  let roots: string | undefined
  let status: Status
  beforeEach(() => {
    roots = undefined
    status = new Status(() => roots)
    status.databaseIs(undefined)
  })

  it('is ready while it has keys and a database, and says else why not', () => {
    expect(status.view(0)).to.deep.equal({ ready: true, accepted: 0, refused: 0 })
    status.databaseIs('the database can not be reached')
    expect(status.view(0)).to.include({ ready: false, reason: 'the database can not be reached' })
    roots = 'there are no root keys'
    expect(status.view(0)).to.include({ ready: false, reason: 'there are no root keys' })
  })

  it('is not ready before the database was asked', () => {
    expect(new Status(() => undefined).view(0)).to.include({ ready: false })
  })

  it('counts records, and knows the oldest call that was put off and has not come again', () => {
    status.putOff('a', 1_000, { because: 'there is no partition' }, 5_000)
    status.putOff('b', 3_000, { because: 'there is no partition' }, 5_000)
    expect(status.view(6_000)).to.deep.equal({
      ...{ ready: false, reason: 'there is no partition', accepted: 0, refused: 0, oldestPending: 5_000 },
    })
    status.stored('a', 3)
    expect(status.view(6_000)).to.include({ accepted: 3, oldestPending: 3_000 })
    status.refusedForGood('b', 2)
    expect(status.view(6_000)).to.deep.equal({ ready: true, accepted: 3, refused: 2 })
  })

  it('says that the namespace keeps as much as it may, while a call is put off for that', () => {
    status.databaseIs(undefined)
    status.putOff('a', 1_000, { because: 'has 9 of 9 keys', isFull: true }, 5_000)
    status.putOff('b', 1_000, { because: 'busy' }, 5_000)
    expect(status.view(6_000)).to.include({ ready: false, isFull: true, reason: 'has 9 of 9 keys' })
    status.stored('a', 1)
    expect(status.view(6_000)).to.include({ reason: 'busy' }).and.not.have.property('isFull')
  })

  it('forgets a call that has not come for five minutes: its pod is gone', () => {
    status.putOff('a', 1_000, { because: 'busy' }, 5_000)
    expect(status.view(305_000)).to.include({ oldestPending: 304_000 })
    expect(status.view(305_001)).to.deep.equal({ ready: true, accepted: 0, refused: 0 })
  })

  it('reports root keys for as long as the database was asked lately', () => {
    const inUse = { seals: 'a', generation: 'day-1', needs: ['a'] } as const
    status.rootsAre(inUse, 10_000)
    expect(status.view(30_000)).to.deep.include({ roots: inUse })
    expect(status.view(30_001)).to.not.have.property('roots')
    status.rootsAre(undefined, 40_000)
    expect(status.view(40_000)).to.not.have.property('roots')
  })
})
