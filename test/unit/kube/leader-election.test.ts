import { expect } from 'chai'
import { createElector, type Elector } from '../../../src/kube/leader-election.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock } from '../../harness/fake-clock.ts'
import { LeaseServer } from '../../harness/lease-server.ts'

/** Candidates in one process, each with its own clock where it matters. */
function election() {
  const clock = new FakeClock()
  const server = new LeaseServer(clock)
  const told: string[] = []
  const warnings: string[] = []
  const candidate = (identity: string, how: { clock?: FakeClock; watches?: boolean } = {}): Elector => {
    const elector = createElector({
      api: server.client(how),
      identity,
      clock: how.clock ?? clock,
      chance: () => 0.5,
      log: { ...silent, warn: (_, message) => warnings.push(message) },
      onStartedLeading: (term) => told.push(`${identity} leads term ${term}`),
      onStoppedLeading: () => told.push(`${identity} stands by`),
    })
    elector.start()
    return elector
  }
  return { clock, server, told, warnings, candidate }
}

describe('an elector', () => {
  it('takes a lease that is not there, as term 1', async () => {
    const { clock, server, told, candidate } = election()
    const a = candidate('a')
    await clock.pass(10)
    expect([a.isLeader(), a.term(), server.holder, told]).to.deep.equal([true, 1, 'a', ['a leads term 1']])
  })

  it('writes stamps that people and kubectl can read', async () => {
    const { clock, server, candidate } = election()
    candidate('a')
    await clock.pass(10)
    const { leaseDurationSeconds, acquireTime } = server.stored!.spec!
    expect([leaseDurationSeconds, acquireTime]).to.deep.equal([6, '2026-01-01T00:00:00.000000Z'])
  })

  it('renews while it lives, and a standby stays one without asking', async () => {
    const { clock, server, told, candidate } = election()
    candidate('a')
    await clock.pass(100)
    const b = candidate('b')
    await clock.pass(2_000)
    const { read } = server.count
    await clock.pass(600_000)
    expect([b.isLeader(), told]).to.deep.equal([false, ['a leads term 1']])
    expect(server.count.read - read, 'the watch tells it all').to.equal(0)
    expect(server.count.replace).to.be.within(595, 610)
  })

  it('takes over when a leader dies, after the lease and no more than a moment', async () => {
    const { clock, server, candidate } = election()
    const deadClock = new FakeClock()
    candidate('a', { clock: deadClock })
    await deadClock.pass(0)
    const b = candidate('b')
    await clock.pass(5_900)
    expect(b.isLeader()).to.equal(false)
    await clock.pass(200)
    expect([b.isLeader(), b.term(), server.holder]).to.deep.equal([true, 2, 'b'])
  })

  it('takes over as well without the right to watch, a renewal period later at most', async () => {
    const { clock, candidate } = election()
    const deadClock = new FakeClock()
    candidate('a', { clock: deadClock })
    await deadClock.pass(0)
    const b = candidate('b', { watches: false })
    await clock.pass(7_100)
    expect(b.term()).to.equal(2)
  })

  it('gives the lease back when it ends, and a standby has it at once', async () => {
    const { clock, server, told, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    const b = candidate('b')
    await clock.pass(3_000)
    const release = a.release()
    expect(a.isLeader(), 'it stops before it gives back').to.equal(false)
    await clock.pass(20)
    await release
    expect([b.isLeader(), server.holder]).to.deep.equal([true, 'b'])
    expect(told).to.deep.equal(['a leads term 1', 'a stands by', 'b leads term 2'])
  })

  it('leaves the lease alone when it ends as a standby', async () => {
    const { clock, server, candidate } = election()
    candidate('a')
    await clock.pass(100)
    const b = candidate('b')
    await clock.pass(1_000)
    const release = b.release()
    await clock.pass(10)
    await release
    expect(server.holder).to.equal('a')
  })

  it('is leader no more when the renewal deadline has passed, whatever else is going on', async () => {
    const { clock, server, told, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    server.down = true
    await clock.pass(3_500)
    expect(a.isLeader()).to.equal(true)
    await clock.pass(500)
    expect([a.isLeader(), told.at(-1)]).to.deep.equal([false, 'a stands by'])
  })

  it('reckons from when a renewal was sent, not from when it was answered', async () => {
    const { clock, server, candidate } = election()
    server.delay = { there: 0, back: 3_000 }
    const a = candidate('a')
    // 3 s for the look, then the lease is written at 3 s and answered at 6 s: it carries to 7 s.
    await clock.pass(6_000)
    expect(a.isLeader()).to.equal(true)
    server.down = true
    await clock.pass(1_000)
    expect(a.isLeader()).to.equal(false)
  })

  it('does not lead on an answer that comes after the deadline', async () => {
    const { clock, server, candidate } = election()
    server.delay = { there: 0, back: 4_000 }
    const a = candidate('a')
    await clock.pass(30_000)
    expect([server.holder, a.isLeader()]).to.deep.equal(['a', false])
  })

  it('goes on trying through an outage, says so once, and leads again in a new term', async () => {
    const { clock, server, told, warnings, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    server.down = true
    await clock.pass(60_000)
    server.down = false
    await clock.pass(1_500)
    expect([a.isLeader(), a.term(), warnings.length]).to.deep.equal([true, 2, 1])
    expect(told).to.deep.equal(['a leads term 1', 'a stands by', 'a leads term 2'])
  })

  it('leads a new term when a renewal is answered after its term has ended, never that term again', async () => {
    const { clock, server, told, candidate } = election()
    const a = candidate('a')
    await clock.pass(2_900)
    // Sent at 3 s, when the term is to end at 6 s, and answered at 6.5 s, which is soon enough to lead until 7 s.
    server.delay = { there: 0, back: 3_500 }
    await clock.pass(3_500)
    expect(told).to.deep.equal(['a leads term 1', 'a stands by'])
    server.delay = { there: 0, back: 0 }
    await clock.pass(1_000)
    expect(a.term()).to.equal(2)
  })

  it('knows at once on waking that it was frozen for too long', async () => {
    const { clock, server, told, candidate } = election()
    const frozen = new FakeClock()
    const a = candidate('a', { clock: frozen })
    await frozen.pass(0)
    const b = candidate('b')
    await clock.pass(10_000)
    frozen.freeze(10_000)
    expect(a.isLeader()).to.equal(false)
    await frozen.pass(5_000)
    await clock.pass(10)
    expect([a.isLeader(), b.isLeader(), server.holder]).to.deep.equal([false, true, 'b'])
    expect(told).to.deep.equal(['a leads term 1', 'b leads term 2', 'a stands by'])
  })

  it('leads again later, as the standby that it has become', async () => {
    const { clock, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    const b = candidate('b')
    await clock.pass(1_000)
    // b takes over since a is cut off for it: a steals back when b ends.
    const ends = a.release()
    await clock.pass(50)
    await ends
    expect(b.term()).to.equal(2)
    const again = candidate('a')
    await clock.pass(1_000)
    const leaves = b.release()
    await clock.pass(50)
    await leaves
    expect(again.term()).to.equal(3)
  })

  it('steps down at once when it reads that another pod holds the lease', async () => {
    const { clock, server, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    server.write((raw) => ({ ...raw, spec: { ...raw.spec, holderIdentity: 'thief', leaseTransitions: 9 } }))
    await clock.pass(1_100)
    expect(a.isLeader()).to.equal(false)
    await clock.pass(6_500)
    expect(a.term(), 'terms only grow').to.equal(10)
  })

  it('goes on when somebody touches the lease without taking it', async () => {
    const { clock, server, told, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    server.write((raw) => ({ ...raw, metadata: { ...raw.metadata, labels: { touched: 'yes' } } }))
    await clock.pass(10_000)
    expect([a.term(), told, server.stored!.metadata.labels]).to.deep.equal([1, ['a leads term 1'], { touched: 'yes' }])
  })

  it('begins a new term when the lease was removed, never an old one again', async () => {
    const { clock, server, told, candidate } = election()
    const a = candidate('a')
    await clock.pass(100)
    server.remove()
    await clock.pass(2_000)
    expect(a.term()).to.equal(2)
    expect(told).to.deep.equal(['a leads term 1', 'a stands by', 'a leads term 2'])
  })

  it('takes the lease of its own dead predecessor in the same pod without waiting, as a new term', async () => {
    const { clock, candidate } = election()
    const deadClock = new FakeClock()
    candidate('a', { clock: deadClock })
    await deadClock.pass(0)
    const a = candidate('a')
    await clock.pass(100)
    expect(a.term()).to.equal(2)
  })

  it('is not moved by a jump of the wall clock', async () => {
    for (const jump of [-86_400_000, 86_400_000]) {
      const { clock, told, candidate } = election()
      const a = candidate('a')
      await clock.pass(100)
      candidate('b')
      await clock.pass(5_000)
      clock.wallOffset += jump
      await clock.pass(20_000)
      expect([a.isLeader(), told]).to.deep.equal([true, ['a leads term 1']])
    }
  })

  it('refuses settings under which two could lead at once', () => {
    const { server } = election()
    const make = (leaseDurationSeconds: number, renewDeadlineSeconds: number) => () =>
      createElector({ api: server.client(), identity: 'a', log: silent, leaseDurationSeconds, renewDeadlineSeconds })
    expect(make(4, 4)).to.throw(/leaseDurationSeconds \(4\) must be longer than renewDeadlineSeconds \(4\)/)
    expect(make(6, 1)).to.throw(/longer than retryPeriodSeconds \(1\)/)
  })

  it('survives a hook that throws', async () => {
    const clock = new FakeClock()
    const server = new LeaseServer(clock)
    const onStartedLeading = () => {
      throw new Error('a bug')
    }
    const a = createElector({ api: server.client(), identity: 'a', log: silent, clock, onStartedLeading })
    a.start()
    await clock.pass(10_000)
    expect(a.isLeader()).to.equal(true)
  })
})
