import { expect } from 'chai'
import fc from 'fast-check'
import { LANE_MS, type LaneMembership, MediaLanes } from '../../../../src/telephony/media/tick-lanes.ts'
import { TICK_MS } from '../../../../src/telephony/media/ticker.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

function call(lanes: MediaLanes) {
  const dues: number[] = []
  return { dues, place: lanes.add((due) => dues.push(due)) }
}

describe('the lanes of ticks', () => {
  it('spread calls over the 20 ms, each with a tick every 20 ms', async () => {
    const clock = new FakeClock()
    const lanes = new MediaLanes(clock)
    const calls = Array.from({ length: 8 }, () => call(lanes))
    await clock.pass(200)
    const phases = calls.map(({ dues }) => dues[0]! % TICK_MS)
    for (const phase of [0, 5, 10, 15]) expect(phases.filter((one) => one === phase)).to.have.length(2)
    for (const { dues } of calls) {
      expect(dues).to.have.length.within(9, 10)
      dues.slice(1).forEach((due, index) => expect(due - dues[index]!).to.equal(TICK_MS))
    }
  })

  it('let a call move: its ticks come earlier or later by whole lanes, and no other call notices', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 6 }), async (moves) => {
        const clock = new FakeClock()
        const lanes = new MediaLanes(clock)
        const [moving, other] = [call(lanes), call(lanes)]
        await clock.pass(100)
        const phase = moving.dues[0]! % TICK_MS
        for (const move of moves) {
          moving.place.moveEarlier(move)
          await clock.pass(100)
        }
        const sum = moves.reduce((total, move) => total + move, 0)
        const expected = (((phase - sum * LANE_MS) % TICK_MS) + TICK_MS) % TICK_MS
        expect(moving.dues.at(-1)! % TICK_MS).to.equal(expected)
        other.dues.slice(1).forEach((due, index) => expect(due - other.dues[index]!).to.equal(TICK_MS))
        for (const { place } of [moving, other]) place.leave()
        expect(clock.pending).to.equal(0)
      }),
    )
  })

  it('count all ticks together, and an idle lane is no error', async () => {
    const clock = new FakeClock()
    const lanes = new MediaLanes(clock)
    const { dues } = call(lanes)
    call(lanes)
    await clock.pass(1_000)
    expect(lanes.pace()).to.deep.include({ skipped: 0, clockError: 0 })
    expect(lanes.pace().ticks).to.be.within(2 * dues.length - 1, 2 * dues.length + 1)
  })

  const twice = (place: LaneMembership) => place.leave()
  const movedOn = (place: LaneMembership) => place.moveEarlier(1)
  for (const [what, andThen] of [
    ['may be left twice, and left in the middle of a tick', twice],
    ['are left for good: who left in a tick is not moved by what that tick wanted', movedOn],
  ] as const) {
    it(what, async () => {
      const clock = new FakeClock()
      const lanes = new MediaLanes(clock)
      let count = 0
      const place = lanes.add(() => {
        count++
        place.leave()
        andThen(place)
      })
      await clock.pass(200)
      expect(count).to.equal(1)
      expect(clock.pending).to.equal(0)
    })
  }
})
