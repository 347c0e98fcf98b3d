import { expect } from 'chai'
import { perCall, percentile } from '../../../../bench/voice/figures.ts'
import { lateness, turnLatencies } from '../../../../bench/voice/latency.ts'
import type { Packet } from '../../../../hack/calls/pcap.ts'
import { alawOf } from '../../../../hack/calls/audio.ts'
import { silence } from '../../../../hack/calls/sound.ts'

const loud = alawOf(Int16Array.from({ length: 160 }, (_, at) => 5000 * Math.sin(at / 3)))
const quiet = alawOf(silence(0.02))

/** Packets each 20 ms from `begin` to `end` seconds. */
const stream = (who: 'bot' | 'caller', begin: number, end: number, sound: Buffer): Packet[] =>
  Array.from({ length: Math.round((end - begin) * 50) }, (_, index) => ({
    at: 1000 + begin + index * 0.02,
    protocol: 'udp' as const,
    from: who === 'bot' ? 'b:1' : 'c:2',
    to: who === 'bot' ? 'c:2' : 'b:1',
    payload: Buffer.concat([Buffer.from([0x80, 8, ...new Array<number>(10).fill(0)]), sound]),
    size: 172,
  }))
const inOrder = (...streams: Packet[][]) => streams.flat().toSorted((a, b) => a.at - b.at)
const isBot = (address: string) => address === 'b:1'

describe("the witness of a bot's turns", () => {
  it("measures from the caller's last sound to the bot's first", () => {
    const packets = inOrder(
      stream('caller', 0, 1, loud),
      stream('caller', 1, 3, quiet),
      stream('bot', 0, 1.8, quiet),
      stream('bot', 1.8, 2.5, loud),
    )
    expect(turnLatencies(packets, isBot)).to.have.lengthOf(1)
    expect(turnLatencies(packets, isBot)[0]).to.be.closeTo(0.82, 0.001)
  })
  it('takes nothing for an answer that begins while the caller speaks', () => {
    expect(turnLatencies(inOrder(stream('caller', 0, 2, loud), stream('bot', 1, 1.5, loud)), isBot)).to.deep.equal([])
  })
  it('counts one answer to one utterance, whatever pauses the bot makes', () => {
    const packets = inOrder(stream('caller', 0, 1, loud), stream('bot', 2, 2.5, loud), stream('bot', 3, 3.5, loud))
    expect(turnLatencies(packets, isBot)).to.have.lengthOf(1)
  })
})

describe('the witness of what callers send', () => {
  /** Each packet says when it was due; they come so many milliseconds after that. */
  const sent = (who: 'bot' | 'caller', lateMs: (index: number) => number): Packet[] =>
    stream(who, 0, 2, quiet).map((packet, index) => {
      const payload = Buffer.from(packet.payload)
      payload.writeUInt32BE(index * 160, 4)
      return { ...packet, payload, at: packet.at + lateMs(index) / 1000 }
    })

  it('says how late each packet of a caller is, beside the earliest of a second', () => {
    const late = lateness(inOrder(sent('caller', (index) => 30 + (index % 5))), isBot)
    expect(late).to.have.lengthOf(100)
    expect(Math.max(...late)).to.be.closeTo(4, 0.01)
    expect(percentile(late, 50)).to.be.closeTo(2, 0.01)
  })
  it('takes a clock that runs a bit faster than its own for no lateness', () => {
    const drifting = sent('caller', (index) => index * 0.01)
    expect(Math.max(...lateness(drifting, isBot))).to.be.below(0.5)
  })
  it('does not count packets of the bot', () => {
    const answers = sent('bot', () => 0)
    expect(lateness(answers, isBot)).to.deep.equal([])
  })
})

describe("the bench's arithmetic", () => {
  it('gives percentiles by the nearest rank, and no number for no values', () => {
    expect([percentile([3, 1, 2], 50), percentile([3, 1, 2], 95), percentile([], 50)]).to.deep.equal([2, 3, Number.NaN])
  })
  it('shares processor time among calls', () => {
    expect(perCall(3, 20, 150)).to.be.closeTo(0.1, 1e-9)
  })
})
