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

function stream(onFrame: (of: Stream, tick: number) => void) {
  const clock = new FakeClock()
  const sent: Sent[] = []
  const made: Stream = new Stream({
    ...{ clock, log: silent, random: (octets) => Buffer.alloc(octets, 7), inactivityMs: 30_000, reach },
    handlers: { onFrame: (_, { tick }) => onFrame(made, tick) },
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
  const lanes = new MediaLanes(clock)
  const place = lanes.add(
    (due) => void made.tick(due),
    () => made.sendDelayed(),
  )
  return { clock, sent, made, place }
}

describe('a packet that is sent later', () => {
  it('goes out half a tick after its tick, with what was decided until then', async () => {
    const ticks: number[] = []
    const { clock, sent } = stream((of, tick) => {
      ticks[tick] = clock.monotonic()
      of.send(frameOf(100))
      of.sendLater(() => of.send(frameOf(3_000 + tick)))
    })
    await clock.pass(210)
    expect(sent.length).to.be.at.least(9)
    for (const [tick, { at, octet }] of sent.entries()) {
      expect(at - ticks[tick]!).to.equal(10)
      expect(octet).to.equal(law.octets[3_000 + tick])
    }
  })

  it('goes out once for each tick and in order, whichever ticks have it sent later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), async (later) => {
        const { clock, sent, place } = stream((of, tick) => {
          if (later[tick % later.length]!) of.sendLater(() => of.send(frameOf(500)))
          else of.send(frameOf(500))
        })
        await clock.pass(800)
        place.leave()
        const steps = sent.slice(1).map(({ timestamp }, index) => (timestamp - sent[index]!.timestamp) >>> 0)
        expect(new Set(steps)).to.deep.equal(new Set([160]))
        expect(new Set(sent.map(({ octet }) => octet))).to.deep.equal(new Set([law.octets[500]]))
        expect(sent.length).to.be.within(39, 40)
      }),
      { numRuns: 30 },
    )
  })

  it('goes out before the next tick at the latest, where nothing ran in between', () => {
    const { made, sent } = stream((of, tick) => of.sendLater(() => of.send(frameOf(1_000 + tick))))
    for (const due of [20, 40, 60]) made.tick(due)
    expect(sent.map(({ octet }) => octet)).to.deep.equal([law.octets[1_000]!, law.octets[1_001]!])
    made.sendDelayed()
    made.sendDelayed()
    expect(sent).to.have.length(3)
  })

  it('goes out all the same when what was to be done before fails', async () => {
    const { clock, sent } = stream((of) =>
      of.sendLater(() => {
        throw new Error('a bug')
      }),
    )
    await clock.pass(110)
    expect(sent.length).to.be.at.least(4)
  })
})
