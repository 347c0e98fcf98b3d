import { expect } from 'chai'
import fc from 'fast-check'
import {
  demandOf,
  noDemand,
  QUIET_MS,
  TURNED_AWAY_MS,
  withSeen,
  type DemandHistory,
} from '../../../../src/rules/scaling/demand.ts'
import { MINUTE, NOON, SECOND } from '../../../harness/builders.ts'

type Look = { after: number; calls: number; turnedAway: boolean }
const seen = (looks: readonly Look[]): { history: DemandHistory; now: number } =>
  looks.reduce(
    ({ history, now }, { after, ...what }) => ({ history: withSeen(history, what, now + after), now: now + after }),
    { history: noDemand(NOON), now: NOON },
  )
const look = (after: number, calls: number, turnedAway = false): Look => ({ after, calls, turnedAway })

describe('what callers ask of a bot', () => {
  it('is how many call now, and how many did at once within the last five minutes', () => {
    const { history, now } = seen([look(0, 3), look(MINUTE, 40), look(2 * SECOND, 7), look(4 * MINUTE, 5)])
    expect(demandOf(history, now)).to.deep.equal({ calls: 5, peak: 40, turnedAway: false })
    expect(
      demandOf(withSeen(history, { calls: 5, turnedAway: false }, now + 2 * MINUTE), now + 2 * MINUTE).peak,
    ).to.equal(7)
  })

  it('has no peak before somebody has watched for as long', () => {
    const { history } = seen([look(0, 3)])
    expect(demandOf(history, NOON + QUIET_MS - 1).peak).to.equal(undefined)
    expect(demandOf(history, NOON + QUIET_MS).peak).to.equal(3)
  })

  it('counts callers who found no place for ten seconds, and has no peak for as long as their number is unknown', () => {
    const { history, now } = seen([look(0, 60), look(QUIET_MS, 60, true)])
    expect(demandOf(history, now)).to.deep.equal({ calls: 60, peak: undefined, turnedAway: true })
    expect(demandOf(history, now + TURNED_AWAY_MS).turnedAway).to.equal(false)
    expect(demandOf(history, now + QUIET_MS).peak).to.equal(undefined)
    expect(demandOf(history, now + QUIET_MS + 31 * SECOND).peak).to.equal(60)
  })

  it('has a peak that is never below any number of calls of the last five minutes, however they were looked at', () => {
    const looks = fc.array(
      fc.record({ after: fc.nat(2 * MINUTE), calls: fc.nat(50), turnedAway: fc.constant(false) }),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(looks, fc.nat(MINUTE), (all, later) => {
        const { history, now: last } = seen(all)
        const now = last + later
        const { peak, calls } = demandOf(history, now)
        expect(calls).to.equal(all.at(-1)!.calls)
        let at = NOON
        const highest = all.reduce((most, { after, calls: then }, index) => {
          at += after
          const until = index + 1 < all.length ? at + all[index + 1]!.after : now
          return now - until < QUIET_MS ? Math.max(most, then) : most
        }, 0)
        if (peak !== undefined) expect(peak).to.be.at.least(highest)
      }),
    )
  })

  it('is remembered in a dozen pieces, however often it is looked at', () => {
    const { history } = seen(Array.from({ length: 5_000 }, (_, index) => look(SECOND, index % 9)))
    expect(history.pieces.length).to.be.at.most(12)
  })
})
