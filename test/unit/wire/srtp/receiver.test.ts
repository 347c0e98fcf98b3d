import { expect } from 'chai'
import fc from 'fast-check'
import { emptyRtpHeader, readRtp, writeRtp } from '../../../../src/wire/rtp/packet.ts'
import { SrtpReceiver } from '../../../../src/wire/srtp/receiver.ts'
import { REPLAY_WINDOW, ReplayWindow } from '../../../../src/wire/srtp/replay.ts'
import { SrtpSender } from '../../../../src/wire/srtp/sender.ts'
import { keyingOctets, masterKey, suites, type Suite } from '../../../../src/wire/srtp/suites.ts'

const all = Object.keys(suites) as Suite[]
const master = (suite: Suite) => masterKey(suite, Buffer.alloc(keyingOctets(suite), 0x5a))

function plain(sequence: number, o: { ssrc?: number; octets?: number } = {}): Buffer {
  const packet = Buffer.alloc(12 + (o.octets ?? 160), sequence & 0xff)
  writeRtp(packet, {
    marker: false,
    payloadType: 8,
    sequence: sequence & 0xffff,
    timestamp: 160 * sequence,
    ssrc: o.ssrc ?? 7,
  })
  return packet
}

function seal(sender: SrtpSender, packet: Buffer): Buffer {
  const octets = Buffer.concat([packet, Buffer.alloc(16)])
  return octets.subarray(0, sender.protect(octets, 12, packet.length))
}

function open(receiver: SrtpReceiver, octets: Buffer): Buffer | string {
  const packet = Buffer.from(octets)
  const header = emptyRtpHeader()
  if (!readRtp(packet, packet.length, header)) return 'malformed'
  const outcome = receiver.unprotect(packet, header)
  return outcome === 'authentic' ? packet.subarray(0, header.payloadEnd) : outcome
}

const receiving = (suite: Suite, lifetime = 2 ** 48) =>
  new SrtpReceiver({ master: master(suite), lifetime, mki: Buffer.alloc(0) })

describe('SRTP', () => {
  for (const suite of all) {
    it(`${suite}: what one side protects the other opens, whatever is lost on the way`, () => {
      const run = fc.record({
        start: fc.nat(0xffff),
        steps: fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 20_000 })), { maxLength: 12 }),
        octets: fc.nat(400),
      })
      fc.assert(
        fc.property(run, ({ start, steps, octets }) => {
          const sender = new SrtpSender(master(suite), 7)
          const receiver = receiving(suite)
          let sequence = start
          for (const step of [0, ...steps]) {
            sequence += step
            const packet = plain(sequence, { octets })
            expect(open(receiver, seal(sender, packet))).to.deep.equal(packet)
          }
        }),
        { numRuns: 60 },
      )
    })

    it(`${suite}: no octets from a stranger are let in, and none makes it throw`, () => {
      const receiver = receiving(suite)
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
          octets[0] = 0x80
          expect(open(receiver, Buffer.from(octets))).to.be.oneOf(['unauthenticated', 'malformed'])
          expect(receiver.unprotectRtcp(Buffer.from(octets))).to.equal('unauthenticated')
        }),
      )
    })
  }

  it('opens what comes after a silence of more than half a round of sequence numbers', () => {
    const sender = new SrtpSender(master('AES_CM_128_HMAC_SHA1_80'), 7)
    const receiver = receiving('AES_CM_128_HMAC_SHA1_80')
    expect(open(receiver, seal(sender, plain(40_000)))).to.be.instanceOf(Buffer)
    // The sender went on while nothing arrived.
    seal(sender, plain(65_535))
    expect(open(receiver, seal(sender, plain(65_536 + 39_000)))).to.be.instanceOf(Buffer)
    expect(open(receiver, seal(sender, plain(65_536 + 39_001)))).to.be.instanceOf(Buffer)
  })

  it('opens no more packets than the lifetime of the key allows', () => {
    const sender = new SrtpSender(master('AEAD_AES_128_GCM'), 7)
    const receiver = receiving('AEAD_AES_128_GCM', 3)
    const outcomes = [1, 2, 3, 4].map((sequence) => open(receiver, seal(sender, plain(sequence))))
    expect(outcomes.map((outcome) => typeof outcome)).to.deep.equal(['object', 'object', 'object', 'string'])
    expect(outcomes[3]).to.equal('keyExpired')
  })

  it('remembers the replays of a stream that another took the place of', () => {
    const [first, second] = [7, 8].map((ssrc) => new SrtpSender(master('AES_CM_128_HMAC_SHA1_32'), ssrc))
    const receiver = receiving('AES_CM_128_HMAC_SHA1_32')
    const old = seal(first!, plain(1))
    open(receiver, old)
    open(receiver, seal(second!, plain(1, { ssrc: 8 })))
    expect(open(receiver, old)).to.equal('replayed')
  })

  it('keeps a handful of streams for a key, so that its owner can not fill the memory', () => {
    const receiver = receiving('AES_CM_128_HMAC_SHA1_80')
    const outcomes = Array.from({ length: 10 }, (_, ssrc) => {
      const sender = new SrtpSender(master('AES_CM_128_HMAC_SHA1_80'), ssrc)
      return typeof open(receiver, seal(sender, plain(1, { ssrc })))
    })
    expect(outcomes.filter((outcome) => outcome === 'object')).to.have.length(4)
  })
})

describe('the replay window', () => {
  it('lets each index in once, and none that is too old to tell', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3 * REPLAY_WINDOW), { maxLength: 400 }), (indexes) => {
        const window = new ReplayWindow()
        const seen = new Set<number>()
        for (const index of indexes) {
          const isOld = index <= window.highest - REPLAY_WINDOW
          expect(window.isReplay(index)).to.equal(seen.has(index) || isOld)
          if (window.isReplay(index)) continue
          window.record(index)
          seen.add(index)
        }
      }),
    )
  })
})
