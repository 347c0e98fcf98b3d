import { expect } from 'chai'
import fc from 'fast-check'
import type { CallLife } from '../../../../hack/calls/lives.ts'
import type { Packet } from '../../../../hack/calls/pcap.ts'
import { judgeVoice } from '../../../../hack/calls/voice-judge.ts'

const PORT = 34_000
const FROM = 1000
const life = (seconds: number, more: Partial<CallLife> = {}): CallLife => ({
  ...{ port: PORT, from: FROM, until: FROM + seconds, answeredBy: '10.0.0.1' },
  ...more,
})

/** Sequence numbers and RTP times go on without a gap, whatever the sender left out. */
function frames(times: readonly number[], { port = PORT, from = '10.0.0.1:4000', ssrc = 1 } = {}): Packet[] {
  return times.map((at, index) => {
    const payload = Buffer.alloc(12)
    payload.writeUInt32BE(ssrc, 8)
    payload[0] = 0x80
    payload[1] = 8
    payload.writeUInt16BE(index % 65_536, 2)
    payload.writeUInt32BE(160 * index, 4)
    return { at, protocol: 'udp', from, to: `10.0.0.9:${port}`, payload, size: 182 }
  })
}
const every20ms = (count: number, from = FROM + 0.01) =>
  Array.from({ length: count }, (_, index) => from + index * 0.02)
const inOrder = (...streams: readonly Packet[][]) => streams.flat().sort((one, other) => one.at - other.at)

describe("the judge of callers' voice", () => {
  it('finds nothing wrong with a frame every 20 ms from the answer to the end', () => {
    const voice = judgeVoice(frames(every20ms(500)), [life(10)])
    expect(voice).to.include({ due: 499, sent: 499, heard: 499, late: 0, foreign: 0, unheard: 0 })
    expect(voice.longestSilenceMs).to.be.closeTo(20, 0.1)
    expect(voice.slowestStartMs).to.be.closeTo(10, 0.1)
  })

  it('counts what a sender left out without a gap in its sequence numbers', () => {
    const stalled = every20ms(500).filter((_, index) => index < 100 || index >= 150)
    const voice = judgeVoice(frames(stalled), [life(10)])
    expect(voice).to.include({ due: 499, sent: 450, heard: 450, late: 1 })
    expect(voice.longestSilenceMs).to.be.closeTo(1020, 0.1)
  })

  it('counts what is due after a stream that ends early', () => {
    const voice = judgeVoice(frames(every20ms(250)), [life(10)])
    expect(voice).to.include({ due: 499, sent: 250 })
    expect(voice.longestSilenceMs).to.be.closeTo(5010, 0.1)
  })

  it('counts all of a call in which no frame came', () => {
    const voice = judgeVoice([], [life(10)])
    expect(voice).to.include({ due: 500, sent: 0, unheard: 1, longestSilenceMs: 10_000, slowestStartMs: 10_000 })
  })

  it('tells calls apart that had the same port one after the other', () => {
    const calls = [life(2), life(2, { from: FROM + 3, until: FROM + 5 })]
    const voice = judgeVoice(frames([...every20ms(100), ...every20ms(50, FROM + 3.01)]), calls)
    expect(voice).to.include({ due: 198, sent: 149, unheard: 0 })
  })

  it('takes no frame of another port for one of the call', () => {
    expect(judgeVoice(frames(every20ms(500), { port: PORT + 2 }), [life(10)])).to.include({ sent: 0, unheard: 1 })
  })

  it('judges a call without an end up to its last frame', () => {
    const { until, ...cut } = life(10)
    expect(until).to.equal(FROM + 10)
    expect(judgeVoice(frames(every20ms(101)), [cut])).to.include({ due: 100, sent: 100, unheard: 0 })
  })

  it('counts what was due before a stream that begins late', () => {
    const voice = judgeVoice(frames(every20ms(1_000, FROM + 40)), [life(60)])
    // From 200 ms after the answer on: until then the way for voice may open.
    expect(voice).to.include({
      due: 2_990,
      sent: 1_000,
      heard: 1_000,
      slowestStartMs: 40_000,
      longestSilenceMs: 40_000,
    })
  })

  it('counts what a stall held back, although a burst brings all of it later', () => {
    // A second of each two is silent, and all of it comes at its end.
    const stalled = every20ms(500).map((at) => {
      const second = Math.floor(at - FROM)
      return second % 2 === 1 ? FROM + second + 1 : at
    })
    const voice = judgeVoice(frames(stalled), [life(10)])
    expect(voice).to.include({ due: 499, sent: 499, late: 5 })
    expect(voice.heard).to.be.within(230, 290)
  })

  it('hears a burst that a buffer of 60 ms bridges', () => {
    const held = every20ms(500).map((at, index) => (index === 100 || index === 101 ? FROM + 0.01 + 102 * 0.02 : at))
    expect(judgeVoice(frames(held), [life(10)])).to.include({ due: 499, heard: 499, late: 0 })
  })

  it('fills no gap with the frames of a stranger, who sends from elsewhere or with another SSRC', () => {
    const own = every20ms(500).filter((_, index) => index < 100 || index >= 150)
    const gap = every20ms(50, FROM + 2.01)
    for (const stranger of [{ from: '10.6.6.6:4000' }, { ssrc: 2 }, { from: '10.6.6.6:4000', ssrc: 2 }]) {
      const all = inOrder(frames(own), frames(stranger.ssrc === 2 ? gap : every20ms(80, FROM + 1.7), stranger))
      const voice = judgeVoice(all, [life(10)])
      expect(voice, JSON.stringify(stranger)).to.include({ sent: 450, heard: 450 })
      expect(voice.foreign, JSON.stringify(stranger)).to.be.within(50, 80)
    }
  })

  it('follows a call that goes over to another sender, and one that a relay takes and gives back', () => {
    const over = inOrder(
      frames(every20ms(250)),
      frames(every20ms(250, FROM + 5.01), { from: '10.0.0.2:4000', ssrc: 9 }),
    )
    expect(judgeVoice(over, [life(10)])).to.include({ sent: 499, heard: 499, foreign: 0 })
    const own = every20ms(500).filter((_, index) => index < 100 || index >= 150)
    const relayed = inOrder(frames(own), frames(every20ms(50, FROM + 2.01), { from: '10.0.0.2:4000' }))
    expect(judgeVoice(relayed, [life(10)])).to.include({ sent: 499, heard: 499, foreign: 0 })
  })

  it('hears no more than was sent, and no more than was due, whenever frames come', () => {
    const delays = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(delays, (late) => {
        const times = late.map((delay, index) => FROM + index * 0.02 + delay).sort((one, other) => one - other)
        const { due, sent, heard } = judgeVoice(frames(times), [life(8)])
        expect(heard).to.be.at.most(sent)
        expect(sent).to.be.at.most(due)
      }),
    )
  })

  it('loses exactly the frames that are taken away between the first and the last, for any choice of them', () => {
    const taken = fc.uniqueArray(fc.integer({ min: 1, max: 498 }), { maxLength: 200 })
    fc.assert(
      fc.property(taken, (indexes) => {
        const left = every20ms(500).filter((_, index) => !indexes.includes(index))
        const { due, sent } = judgeVoice(frames(left), [life(9.99)])
        // Sent are those from the first on, and one comes at the end itself.
        expect(due - sent).to.equal(Math.max(0, indexes.length - 1))
      }),
    )
  })
})
