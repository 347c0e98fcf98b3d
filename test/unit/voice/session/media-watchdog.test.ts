import { expect } from 'chai'
import fc from 'fast-check'
import { silent } from '../../../../src/runtime/log.ts'
import type { Modified } from '../../../../src/telephony/call.ts'
import type { MediaStatistics } from '../../../../src/telephony/media/types.ts'
import { createMediaWatch } from '../../../../src/voice/session/media-watchdog.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

/** A leg whose packets come 50 times a second while `flows`. */
function watched(
  answer: () => Modified | Promise<Modified> = () => ({ ok: true, body: sdpBody }),
  serving: (address: string) => string | undefined = (address) => address,
) {
  const clock = new FakeClock()
  const leg = {
    flows: true,
    packets: 0,
    isHeld: false,
    isEnded: false,
    offersAt: [] as number[],
    completed: 0,
    lostAt: 0,
  }
  const edge = { now: '10.0.0.1', offers: [] as string[] }
  const tick = () => {
    if (leg.flows) leg.packets++
    clock.after(20, tick)
  }
  tick()
  const end = createMediaWatch({ clock, log: silent, edges: { serving } })({
    dialog: {
      get isEnded() {
        return leg.isEnded
      },
      get nextHost() {
        return edge.now
      },
      reroute: (host) => void (edge.now = host),
      lose: () => {
        leg.isEnded = true
        leg.lostAt = clock.monotonic()
      },
      modify: async () => {
        edge.offers.push(edge.now)
        leg.offersAt.push(clock.monotonic())
        return answer()
      },
    },
    session: {
      get isHeld() {
        return leg.isHeld
      },
      reoffer: () => Buffer.from('v=0'),
      complete: () => void leg.completed++,
      statistics: () => ({ receivedPackets: leg.packets }) as MediaStatistics,
    },
  })
  return { clock, leg, edge, end }
}
const sdpBody = { type: 'application/sdp', content: Buffer.from('v=0') }

describe('the media watchdog', () => {
  it('offers nothing while media comes', async () => {
    const { clock, leg } = watched()
    await clock.pass(60_000)
    expect(leg.offersAt).to.deep.equal([])
  })

  it('offers again 2 s after the last packet, and takes the answer', async () => {
    const { clock, leg } = watched()
    await clock.pass(10_000)
    leg.flows = false
    await clock.pass(2_500)
    expect(leg.offersAt).to.have.lengthOf(1)
    expect(leg.offersAt[0]).to.be.within(11_900, 12_500)
    expect(leg.completed).to.equal(1)
    leg.flows = true
    await clock.pass(60_000)
    expect(leg.offersAt).to.have.lengthOf(1)
  })

  it('tries each second while the relay is away, five times, and then ever less often', async () => {
    const { clock, leg } = watched(() => ({ ok: false, status: 503 }))
    await clock.pass(1_000)
    leg.flows = false
    await clock.pass(180_000)
    const gaps = leg.offersAt.slice(1).map((at, index) => Math.round((at - leg.offersAt[index]!) / 1_000))
    expect(gaps.slice(0, 9)).to.deep.equal([1, 1, 1, 1, 2, 4, 8, 16, 30])
    expect(leg.completed).to.equal(0)
  })

  it('keeps a call whose offers nobody answers for some seconds, and loses it 32 s after its last packet', async () => {
    const { clock, leg } = watched(() => ({ ok: false, status: 408 }))
    await clock.pass(1_000)
    leg.flows = false
    await clock.pass(25_000)
    expect(leg.isEnded).to.equal(false)
    leg.flows = true
    await clock.pass(10_000)
    leg.flows = false
    await clock.pass(60_000)
    expect(leg.lostAt).to.be.within(36_000 + 32_000, 36_000 + 62_000)
  })

  it('loses no call whose offers are answered, however long no media comes', async () => {
    const { clock, leg } = watched(() => ({ ok: false, status: 503 }))
    leg.flows = false
    await clock.pass(600_000)
    expect(leg.isEnded).to.equal(false)
  })

  it('makes no second offer while one is not answered', async () => {
    const { promise, resolve } = Promise.withResolvers<Modified>()
    const { clock, leg } = watched(() => promise)
    leg.flows = false
    await clock.pass(30_000)
    expect(leg.offersAt).to.have.lengthOf(1)
    resolve({ ok: true, body: sdpBody })
    await clock.pass(1_500)
    expect(leg.offersAt).to.have.lengthOf(2)
  })

  it('offers by another edge when that of the call is silent, and stays there', async () => {
    const { clock, leg, edge } = watched(undefined, (address) => (address === '10.0.0.1' ? '10.0.0.2' : address))
    await clock.pass(1_000)
    leg.flows = false
    await clock.pass(3_500)
    expect(edge.offers).to.deep.equal(['10.0.0.2', '10.0.0.2'])
  })

  it('waits with its offer until it is clear which edge serves the call', async () => {
    const edges: { serving?: string } = {}
    const { clock, leg, edge } = watched(undefined, () => edges.serving)
    leg.flows = false
    await clock.pass(10_000)
    expect(edge.offers).to.deep.equal([])
    edges.serving = '10.0.0.3'
    await clock.pass(300)
    expect(edge.offers).to.deep.equal(['10.0.0.3'])
  })

  it('lets alone who is on hold, and counts from then on', async () => {
    const { clock, leg } = watched()
    await clock.pass(1_000)
    leg.flows = false
    leg.isHeld = true
    await clock.pass(60_000)
    expect(leg.offersAt).to.deep.equal([])
    leg.isHeld = false
    await clock.pass(2_500)
    expect(leg.offersAt).to.have.lengthOf(1)
  })

  it('holds no timer when the call is over, whoever ended it', async () => {
    for (const how of ['closed', 'ended'] as const) {
      const { clock, leg, end } = watched()
      leg.flows = false
      await clock.pass(1_000)
      if (how === 'closed') end()
      else leg.isEnded = true
      await clock.pass(60_000)
      expect(leg.offersAt, how).to.deep.equal([])
      expect(clock.pending, how).to.equal(1) // of the packets
    }
  })

  it('offers within 2.5 s of each silence that lasts so long, and never twice within a second', async () => {
    const silences = fc.array(fc.tuple(fc.integer({ min: 20, max: 20_000 }), fc.integer({ min: 20, max: 20_000 })), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(silences, async (all) => {
        const { clock, leg, end } = watched()
        for (const [flowing, quiet] of all) {
          leg.flows = true
          await clock.pass(flowing)
          const before = leg.offersAt.length
          const from = clock.monotonic()
          leg.flows = false
          await clock.pass(quiet)
          if (flowing >= 500 && quiet >= 2_800) expect(leg.offersAt.at(before)! - from).to.be.within(1_700, 2_600)
          if (flowing >= 500 && quiet < 1_700) expect(leg.offersAt).to.have.lengthOf(before)
        }
        end()
        for (const [index, at] of leg.offersAt.slice(1).entries())
          expect(at - leg.offersAt[index]!).to.be.at.least(1_000)
      }),
      { numRuns: 30 },
    )
  })
})
