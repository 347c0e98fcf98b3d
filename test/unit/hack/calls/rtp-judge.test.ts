import { expect } from 'chai'
import type { Packet } from '../../../../hack/calls/pcap.ts'
import { judgeRtp } from '../../../../hack/calls/rtp-judge.ts'

/** The nth packet of a stream whose sender takes `frameSeconds` for 20 ms of media. */
function packet(index: number, frameSeconds = 0.02): Packet {
  const payload = Buffer.alloc(12)
  payload[0] = 0x80
  payload[1] = 8
  payload.writeUInt16BE((65_500 + index) % 65_536, 2)
  payload.writeUInt32BE((4_294_960_000 + 160 * index) % 2 ** 32, 4)
  payload.writeUInt32BE(0xcafe, 8)
  return { at: 1000 + index * frameSeconds, protocol: 'udp', from: 'a:1', to: 'b:2', payload, size: 182 }
}
const indexes = Array.from({ length: 1500 }, (_, index) => index)

describe('the judge of a capture', () => {
  it('counts what never came out of the sender, also over a rollover of the sequence numbers', () => {
    const [stream] = judgeRtp(indexes.filter((index) => ![7, 100, 101].includes(index)).map((index) => packet(index)))
    expect(stream).to.include({ packets: 1497, missing: 3 })
    expect(stream!.longestGapMs).to.be.closeTo(60, 0.1)
  })

  it('misses nothing when packets change places', () => {
    const order = [0, 2, 1, 3, 4, 6, 5, 7]
    expect(judgeRtp(order.map((index) => packet(index)))[0]).to.include({ packets: 8, missing: 0 })
  })

  it("measures the sender's clock against its own", () => {
    expect(judgeRtp(indexes.map((index) => packet(index)))[0]!.clockError).to.be.closeTo(0, 1e-9)
    const slow = judgeRtp(indexes.map((index) => packet(index, 0.02 * 1.006)))[0]!
    expect(slow.clockError).to.be.closeTo(-0.006, 0.0001)
  })

  it('is not misled by single packets that come late', () => {
    const late = indexes.map((index) => ({ ...packet(index), at: packet(index).at + (index % 50 === 49 ? 0.03 : 0) }))
    expect(Math.abs(judgeRtp(late)[0]!.clockError)).to.be.below(0.0001)
  })

  it('takes RTCP, short packets and TCP for something else', () => {
    const rtcp = packet(0)
    rtcp.payload[1] = 200
    const tcp: Packet = { ...packet(1), protocol: 'tcp' }
    expect(judgeRtp([rtcp, tcp, { ...packet(2), payload: Buffer.alloc(4), size: 4 }])).to.deep.equal([])
  })
})
