import { expect } from 'chai'
import fc from 'fast-check'
import { silent } from '../../../../src/runtime/log.ts'
import { Stream } from '../../../../src/telephony/media/stream.ts'
import { MediaLanes } from '../../../../src/telephony/media/tick-lanes.ts'
import { laws } from '../../../../src/wire/codec/g711.ts'
import { chooseFrom, type Agreement } from '../../../../src/wire/sdp/negotiate.ts'
import { readSdp } from '../../../../src/wire/sdp/read.ts'
import type { Sdp } from '../../../../src/wire/sdp/sdp.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'
import { plainAudio, reach, sdpOf } from '../../../harness/sdp.ts'

const law = laws.PCMA
const agreed = chooseFrom(
  readSdp(sdpOf(plainAudio())) as Sdp,
  { srtp: 'Disabled', codecs: ['PCMA'] },
  reach,
) as Agreement
const frameOf = (value: number) => new Int16Array(160).fill(value)

interface Sent {
  at: number
  octet: number
  timestamp: number
}

function stream(onFrame: (of: Stream, tick: number, clock: FakeClock) => void) {
  const clock = new FakeClock()
  const sent: Sent[] = []
  const made: Stream = new Stream({
    ...{ clock, log: silent, random: (octets) => Buffer.alloc(octets, 7), inactivityMs: 30_000, reach },
    handlers: { onFrame: (_, { tick }) => onFrame(made, tick, clock) },
  })
  made.configure(agreed, undefined)
  const rtp = {
    close: () => Promise.resolve(),
    send: (packet: Buffer) => {
      const isAudio = packet.length === 172
      if (isAudio) sent.push({ at: clock.monotonic(), octet: packet[12]!, timestamp: packet.readUInt32BE(4) })
    },
  }
  made.open({ rtp, rtcp: undefined })
  const place = new MediaLanes(clock).add((due) => void made.tick(due))
  return { clock, sent, made, place }
}

describe('a packet that waits for an answer', () => {
  it('goes out at once when that comes, and once only', async () => {
    const ticks: number[] = []
    const { clock, sent } = stream((of, tick, time) => {
      ticks[tick] = time.monotonic()
      of.delay(() => expect.fail('it has not expired'))
      time.after(3, () => of.send(frameOf(3_000 + tick)))
    })
    await clock.pass(216)
    expect(sent.length).to.be.at.least(9)
    for (const [tick, { at, octet }] of sent.entries()) {
      expect(at - ticks[tick]!).to.equal(3)
      expect(octet).to.equal(law.octets[3_000 + tick])
    }
  })

  it('goes out with silence 10 ms after its tick when none comes, and says so', async () => {
    const ticks: number[] = []
    let expired = 0
    const { clock, sent } = stream((of, tick, time) => {
      ticks[tick] = time.monotonic()
      of.delay(() => expired++)
    })
    await clock.pass(216)
    expect(sent.length).to.be.at.least(9)
    expect(expired).to.equal(sent.length)
    for (const [tick, { at, octet }] of sent.entries()) {
      expect(at - ticks[tick]!).to.equal(10)
      expect(octet).to.equal(law.silence)
    }
  })

  it('goes out once for each tick and in order, whichever of them wait and whenever the answer comes', async () => {
    const waits = fc.option(fc.integer({ min: 0, max: 19 }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(fc.array(waits, { minLength: 1, maxLength: 20 }), async (answers) => {
        const { clock, sent, place } = stream((of, tick, time) => {
          const answer = answers[tick % answers.length]
          if (answer === undefined) return of.send(frameOf(500))
          let isLate = false
          of.delay(() => (isLate = true))
          time.after(answer, () => isLate || of.send(frameOf(500)))
        })
        await clock.pass(800)
        place.leave()
        const steps = sent.slice(1).map(({ timestamp }, index) => (timestamp - sent[index]!.timestamp) >>> 0)
        expect(new Set(steps)).to.deep.equal(new Set([160]))
        expect(sent.length).to.be.within(39, 40)
      }),
      { numRuns: 30 },
    )
  })

  it('goes out before the next tick at the latest, where no timer ran in between', () => {
    const { made, sent } = stream((of) => of.delay(() => undefined))
    for (const due of [20, 40, 60]) made.tick(due)
    expect(sent).to.have.length(2)
  })

  it('goes out all the same when who waits for it fails', async () => {
    const { clock, sent } = stream((of) =>
      of.delay(() => {
        throw new Error('a bug')
      }),
    )
    await clock.pass(116)
    expect(sent.length).to.be.at.least(4)
  })

  it('goes out no more once the stream has ended', async () => {
    const { clock, sent, made, place } = stream((of) => of.delay(() => expect.fail('it has ended')))
    made.tick(20)
    place.leave()
    made.goodbye()
    await clock.pass(100)
    expect(sent).to.have.length(0)
  })
})
