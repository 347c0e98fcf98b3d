import { expect } from 'chai'
import fc from 'fast-check'
import { createElector, type Elector } from '../../../src/kube/leader-election.ts'
import type { Clock } from '../../../src/runtime/clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock } from '../../harness/fake-clock.ts'
import { LeaseServer } from '../../harness/lease-server.ts'

/** A process that stands for election: it can be frozen, and then runs none of its timers. */
class Seat {
  readonly name: string
  elector!: Elector
  frozenUntil = 0
  private readonly clock: FakeClock
  private readonly server: LeaseServer
  private readonly terms: Map<number, string>

  constructor(name: string, clock: FakeClock, server: LeaseServer, terms: Map<number, string>) {
    this.name = name
    this.clock = clock
    this.server = server
    this.terms = terms
    this.sit()
  }

  sit(): void {
    this.frozenUntil = 0
    this.elector = createElector({
      // One of them lacks the right to watch, and has to ask.
      api: this.server.client({ watches: this.name !== 'c' }),
      identity: this.name,
      clock: this.ownClock(),
      chance: () => 0.5,
      log: silent,
      onStartedLeading: (term) => {
        expect(this.terms.get(term), `term ${term} begins once`).to.equal(undefined)
        this.terms.set(term, this.name)
      },
    })
    this.elector.start()
  }

  private ownClock(): Clock {
    const { clock } = this
    return {
      monotonic: clock.monotonic,
      wall: clock.wall,
      after: (ms, task) => {
        let cancel = clock.after(ms, () => fire())
        const fire = () => {
          const left = this.frozenUntil - clock.monotonic()
          if (left > 0) cancel = clock.after(left, fire)
          else task()
        }
        return () => cancel()
      },
    }
  }
}

const story = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(4_000) }),
    fc.record({ kind: fc.constant('freeze' as const), who: fc.nat(2), ms: fc.nat(20_000) }),
    fc.record({ kind: fc.constant('outage' as const), ms: fc.nat(12_000) }),
    fc.record({ kind: fc.constant('slow' as const), there: fc.nat(3_000), back: fc.nat(3_000) }),
    fc.record({ kind: fc.constant('end' as const), who: fc.nat(2) }),
    fc.record({ kind: fc.constant('touch' as const) }),
  ),
  { maxLength: 25 },
)

describe('an election, whatever happens', () => {
  it('never has two leaders, nor a term that begins twice, and has a leader in the end', async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(story, async (events) => {
        const clock = new FakeClock()
        const server = new LeaseServer(clock)
        const terms = new Map<number, string>()
        const seats = ['a', 'b', 'c'].map((name) => new Seat(name, clock, server, terms))
        const leaders = () => seats.filter(({ elector }) => elector.isLeader()).map(({ name }) => name)
        const pass = async (ms: number) => {
          for (let left = ms; left > 0; left -= 250) {
            await clock.pass(Math.min(left, 250))
            expect(leaders().length, `leaders: ${leaders()}`).to.be.at.most(1)
            if (leaders()[0]) expect(server.holder, 'the lease names the leader').to.equal(leaders()[0])
          }
        }
        await pass(500)
        for (const event of events) {
          if (event.kind === 'pass') await pass(event.ms)
          if (event.kind === 'freeze') seats[event.who]!.frozenUntil = clock.monotonic() + event.ms
          if (event.kind === 'slow') server.delay = { there: event.there, back: event.back }
          if (event.kind === 'touch' && server.stored) server.write((raw) => raw)
          if (event.kind === 'outage') {
            server.down = true
            await pass(event.ms)
            server.down = false
          }
          if (event.kind === 'end') {
            void seats[event.who]!.elector.release()
            // Long enough for every request of it to be over: what comes back is another process.
            await pass(15_000)
            seats[event.who]!.sit()
          }
          await pass(50)
        }
        server.delay = { there: 0, back: 0 }
        for (const seat of seats) seat.frozenUntil = 0
        await pass(40_000)
        expect(leaders().length).to.equal(1)
      }),
      { numRuns: 60 },
    )
  })
})
