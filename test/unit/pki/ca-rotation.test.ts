import { expect } from 'chai'
import fc from 'fast-check'
import { afterAction, authorityTiming, planAuthority, type AuthorityState } from '../../../src/pki/ca-rotation.ts'
import { DAY, NOON } from '../../harness/builders.ts'

const YEAR = 365 * DAY
const LEAF_LIFETIME = 30 * DAY
const ca = (serial: string, notBefore: number, lifetime = YEAR) => ({
  serial,
  notBefore,
  notAfter: notBefore + lifetime,
})
const timing = authorityTiming(YEAR / 1000, 0.66)
const actionAt = (state: AuthorityState, now: number) => planAuthority(state, timing, now).action

describe('the CA', () => {
  const first = ca('first', NOON)
  const second = ca('second', NOON + 0.66 * YEAR)

  it('is created when there is none, and when it has expired without a successor', () => {
    expect(actionAt({}, NOON)).to.equal('create')
    expect(actionAt({ current: first }, NOON + YEAR)).to.equal('create')
  })

  it('serves alone until its successor is due', () => {
    const plan = planAuthority({ current: first }, timing, NOON)
    expect(plan).to.deep.include({ action: undefined, nextAt: NOON + 0.66 * YEAR })
    expect(actionAt({ current: first }, NOON + 0.66 * YEAR)).to.equal('announce')
  })

  it('lets its successor sign only after everyone had a day to trust it', () => {
    const state = { current: first, next: second }
    expect(planAuthority(state, timing, second.notBefore)).to.deep.include({ nextAt: second.notBefore + DAY })
    expect(actionAt(state, second.notBefore + DAY - 1)).to.equal(undefined)
    expect(actionAt(state, second.notBefore + DAY)).to.equal('promote')
  })

  it('lets its successor sign at once when it has expired itself', () => {
    expect(actionAt({ current: ca('late', NOON - YEAR), next: ca('next', NOON - 1) }, NOON)).to.equal('promote')
  })

  it('is forgotten only when it has expired', () => {
    const state = { current: second, previous: first }
    expect(actionAt(state, first.notAfter - 1)).to.equal(undefined)
    expect(actionAt(state, first.notAfter)).to.equal('drop')
    expect(afterAction(state, 'drop', ca('unused', 0))).to.deep.equal({ current: second, next: undefined })
  })

  it('becomes the predecessor of its successor', () => {
    const promoted = afterAction({ current: first, next: second }, 'promote', ca('unused', 0))
    expect(promoted).to.deep.equal({ current: second, previous: first })
  })
})

/** A peer: who signed its leaf, until when that holds, and whom it trusts. */
interface Peer {
  issuer: string
  renewAt: number
  notAfter: number
  trusts: string[]
}

interface Pending {
  at: number
  to: number
  handOut: Peer
}

/** Every pair of peers speaks with each other after every event; the first failure is reported. */
class Years {
  state: AuthorityState = {}
  readonly lifetime: number
  readonly fraction: number
  readonly delays: () => number
  readonly peers: (Peer | undefined)[] = [undefined, undefined, undefined]
  pending: Pending[] = []
  serial = 0

  constructor(lifetime: number, fraction: number, delays: () => number) {
    this.lifetime = lifetime
    this.fraction = fraction
    this.delays = delays
  }

  get timing() {
    return authorityTiming(this.lifetime / 1000, this.fraction)
  }

  live(until: number): void {
    for (let now = NOON; now < until; now = this.nextEvent(now)) {
      this.deliver(now)
      this.moveAuthority(now)
      this.renewLeaves(now)
      this.everyoneSpeaks(now)
    }
  }

  deliver(now: number): void {
    for (const { to, handOut } of this.pending.filter(({ at }) => at <= now)) this.peers[to] = handOut
    this.pending = this.pending.filter(({ at }) => at > now)
  }

  moveAuthority(now: number): void {
    for (
      let plan = planAuthority(this.state, this.timing, now);
      plan.action;
      plan = planAuthority(this.state, this.timing, now)
    ) {
      this.state = afterAction(this.state, plan.action, ca(`ca-${this.serial++}`, now, this.lifetime))
      this.peers.forEach((_, to) => this.handOut(to, now))
    }
  }

  renewLeaves(now: number): void {
    this.peers.forEach((peer, to) => {
      const underWay = this.pending.some((each) => each.to === to)
      if (peer !== undefined && peer.renewAt <= now && !underWay) this.handOut(to, now)
    })
  }

  /** The Secret is written now; the peer reads it later, and then the newest one. */
  handOut(to: number, now: number): void {
    const { current, next, previous } = this.state
    const notAfter = Math.min(now + LEAF_LIFETIME, current!.notAfter)
    const trusts = [current, next, previous].flatMap((each) => (each === undefined ? [] : [each.serial]))
    const renewAt = now + (notAfter - now) * this.fraction
    const first = this.pending.find((each) => each.to === to)
    const at = this.peers[to] === undefined ? now : Math.min(first?.at ?? Infinity, now + this.delays())
    this.pending = this.pending.filter((each) => each.to !== to)
    this.pending.push({ at, to, handOut: { issuer: current!.serial, renewAt, notAfter, trusts } })
    this.deliver(now)
  }

  everyoneSpeaks(now: number): void {
    const known = this.peers.filter((peer) => peer !== undefined)
    const when = `day ${((now - NOON) / DAY).toFixed(2)}`
    for (const one of known) {
      expect(one.notAfter, `${when}: an expired leaf`).to.be.greaterThan(now)
      for (const other of known) expect(other.trusts, `${when}: an untrusted leaf`).to.include(one.issuer)
    }
  }

  nextEvent(now: number): number {
    const { nextAt } = planAuthority(this.state, this.timing, now)
    const renewals = this.peers.flatMap((peer) => (peer === undefined || peer.renewAt <= now ? [] : [peer.renewAt]))
    return Math.max(now + 1, Math.min(nextAt ?? Infinity, ...renewals, ...this.pending.map(({ at }) => at)))
  }
}

describe('the CA over the years', function () {
  this.timeout(60_000)
  it('never lets a peer meet a leaf that it does not trust, nor one that has expired, however late each learns', () => {
    const story = fc.record({
      lifetime: fc.integer({ min: 2, max: 5 * 365 }).map((days) => days * DAY),
      fraction: fc.constantFrom(0.1, 0.5, 0.66, 0.9, 0.95),
      lateness: fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 20 }),
    })
    fc.assert(
      fc.property(story, ({ lifetime, fraction, lateness }) => {
        let turn = 0
        // A peer learns of a change before the time for it is over.
        const patience = Math.min(authorityTiming(lifetime / 1000, fraction).overlap, LEAF_LIFETIME * (1 - fraction))
        const years = new Years(lifetime, fraction, () => lateness[turn++ % lateness.length]! * patience)
        years.live(NOON + Math.min(4 * lifetime, 12 * YEAR))
        expect(years.serial).to.be.greaterThan(3)
      }),
      { numRuns: 25 },
    )
  })
})
