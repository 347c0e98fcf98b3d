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
function frames(times: readonly number[], port = PORT): Packet[] {
  return times.map((at, index) => {
    const payload = Buffer.alloc(12)
    payload[0] = 0x80
    payload[1] = 8
    payload.writeUInt16BE(index % 65_536, 2)
    payload.writeUInt32BE(160 * index, 4)
    return { at, protocol: 'udp', from: '10.0.0.1:4000', to: `10.0.0.9:${port}`, payload, size: 182 }
  })
}
const every20ms = (count: number, from = FROM + 0.01) =>
  Array.from({ length: count }, (_, index) => from + index * 0.02)

describe("the judge of callers' voice", () => {
  it('finds nothing wrong with a frame every 20 ms from the answer to the end', () => {
    const voice = judgeVoice(frames(every20ms(500)), [life(10)])
    expect(voice).to.include({ due: 499, sent: 499, late: 0, unheard: 0 })
    expect(voice.longestSilenceMs).to.be.closeTo(20, 0.1)
    expect(voice.slowestStartMs).to.be.closeTo(10, 0.1)
  })

  it('counts what a sender left out without a gap in its sequence numbers', () => {
    const stalled = every20ms(500).filter((_, index) => index < 100 || index >= 150)
    const voice = judgeVoice(frames(stalled), [life(10)])
    expect(voice).to.include({ due: 499, sent: 450, late: 1 })
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
    expect(judgeVoice(frames(every20ms(500), PORT + 2), [life(10)])).to.include({ sent: 0, unheard: 1 })
  })

  it('judges a call without an end up to its last frame', () => {
    const { until, ...cut } = life(10)
    expect(until).to.equal(FROM + 10)
    expect(judgeVoice(frames(every20ms(101)), [cut])).to.include({ due: 100, sent: 100, unheard: 0 })
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
