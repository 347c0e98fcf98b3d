import { expect } from 'chai'
import fc from 'fast-check'
import { encode, laws } from '../../../../src/wire/codec/g711.ts'
import { Playout, type FrameKind } from '../../../../src/wire/playout/playout.ts'
import { emptyRtpHeader } from '../../../../src/wire/rtp/packet.ts'

const law = laws.PCMA
const FRAME = 160
const START = 0xffffff00

/** A voice of 125 Hz with overtones, at any sample. */
const voiceAt = (at: number) =>
  Math.round(
    [1, 2, 3, 5].reduce((sum, times) => sum + (6_000 / times) * Math.sin((2 * Math.PI * 125 * times * at) / 8_000), 0),
  )

function samples(from: number, length: number, at = voiceAt): Int16Array {
  return Int16Array.from({ length }, (_, sample) => at(from + sample))
}

interface Line {
  /** A packet of `length` samples, `at` samples after the beginning, which comes `after` samples of time after the last frame was due. */
  packet(at: number, length?: number, marker?: boolean, after?: number): void
  next(): { frame: Int16Array; kind: FrameKind }
  playout: Playout
}

function line(at = voiceAt): Line {
  const playout = new Playout()
  const header = emptyRtpHeader()
  // Wraps within the tests.
  let due = 0x7ffffff0
  return {
    playout,
    packet(from, length = FRAME, marker = false, after = 0) {
      const octets = Buffer.alloc(length)
      encode(law, samples(from, length, at), octets, 0)
      Object.assign(header, { marker, payloadStart: 0, payloadEnd: length, timestamp: (START + from) >>> 0 })
      playout.voice(octets, header, law.linear, (due + after) | 0)
    },
    next() {
      const frame = new Int16Array(FRAME)
      due = (due + FRAME) | 0
      return { kind: playout.next(frame, due), frame }
    },
  }
}

const coded = (from: number, length = FRAME) =>
  samples(from, length).map((sample) => law.linear[law.octets[sample & 0xffff]!]!)
const loudest = (frame: Int16Array) => Math.max(...frame.map(Math.abs))

describe('playing out', () => {
  it('plays what was sent, bit by bit, one frame after the first packet came, over a wrap of the timestamp', () => {
    const { packet, next } = line()
    expect(next().kind).to.equal('Silence')
    packet(0)
    expect(next().kind).to.equal('Silence')
    for (let frame = 0; frame < 40; frame++) {
      packet((frame + 1) * FRAME)
      expect(next()).to.deep.equal({ kind: 'Voice', frame: coded(frame * FRAME) })
    }
  })

  it('takes packets of any length', () => {
    for (const length of [80, 240, 320, 480, 200]) {
      const { packet, next } = line()
      packet(0, length)
      next()
      for (let frame = 0, sent = length; frame < 20; frame++) {
        for (; sent < (frame + 2) * FRAME; sent += length) packet(sent, length)
        expect(next().frame, String(length)).to.deep.equal(coded(frame * FRAME))
      }
    }
  })

  it('takes a half frame in which one sample is missing for one that never came, and plays no stale sample in its place', () => {
    const { packet, next } = line()
    packet(0)
    next()
    packet(FRAME, FRAME - 1)
    expect(next().kind).to.equal('Voice')
    expect(next().kind, 'its second half lacks a sample').to.equal('Concealed')
  })

  it('puts packets in order, and plays none twice', () => {
    const { packet, next } = line()
    packet(0)
    next()
    for (let frame = 0; frame < 20; frame += 2) {
      packet((frame + 2) * FRAME)
      packet((frame + 1) * FRAME)
      packet((frame + 1) * FRAME)
      expect(next().frame).to.deep.equal(coded(frame * FRAME))
      expect(next().frame).to.deep.equal(coded((frame + 1) * FRAME))
    }
  })

  it('goes on with the pitch where a packet is lost: close to what was said, and without a click', () => {
    const { packet, next } = line()
    const heard: number[] = []
    for (let frame = 0; frame < 30; frame++) {
      if (frame !== 20) packet(frame * FRAME)
      const played = next()
      expect(played.kind).to.equal(frame === 0 ? 'Silence' : frame === 21 ? 'Concealed' : 'Voice')
      heard.push(...played.frame)
    }
    const sent = [...new Int16Array(FRAME), ...samples(0, 29 * FRAME)]
    const power = (of: number[]) => of.reduce((sum, value) => sum + value * value, 0)
    const part = (of: number[]) => of.slice(21 * FRAME, 22 * FRAME)
    const error = part(heard).map((value, at) => value - part(sent)[at]!)
    expect(10 * Math.log10(power(part(sent)) / power(error))).to.be.above(10)
    const steps = (of: number[]) => Math.max(...of.slice(1).map((value, at) => Math.abs(value - of[at]!)))
    expect(steps(heard.slice(20 * FRAME))).to.be.below(1.5 * steps(sent))
  })

  it('fades to silence within 60 ms when nothing comes any more, and tells it', () => {
    const { packet, next, playout } = line()
    for (let frame = 0; frame < 10; frame++) {
      packet(frame * FRAME)
      next()
    }
    next()
    const after = [next(), next(), next(), next(), next()]
    expect(after.map(({ kind }) => kind)).to.deep.equal(['Concealed', 'Concealed', 'Concealed', 'Silence', 'Silence'])
    expect(loudest(after[0]!.frame)).to.be.above(loudest(after[2]!.frame))
    expect(loudest(after[3]!.frame)).to.equal(0)
    expect(playout.concealedMs).to.be.within(50, 60)
  })

  it('waits longer when packets are late again and again, and then loses none', () => {
    const { packet, next, playout } = line()
    // Every third packet comes 40 ms after its time.
    const arrives = (frame: number) => frame + (frame % 3 === 2 ? 2 : 0)
    let lateAfterTwoSeconds = 0
    for (let tick = 0; tick < 400; tick++) {
      for (let frame = Math.max(0, tick - 2); frame <= tick; frame++) if (arrives(frame) === tick) packet(frame * FRAME)
      next()
      if (tick === 100) lateAfterTwoSeconds = playout.late
    }
    expect(playout.late).to.equal(lateAfterTwoSeconds)
    expect(lateAfterTwoSeconds).to.be.within(1, 6)
    expect(playout.bufferedMs).to.be.at.most(80)
  })

  it('takes the delay back when nothing needs it', () => {
    const { packet, next, playout } = line()
    for (let frame = 0; frame < 3; frame++) packet(frame * FRAME)
    const kinds = new Set<string>()
    for (let frame = 3; frame < 1_500; frame++) {
      packet(frame * FRAME)
      kinds.add(next().kind)
    }
    expect(playout.bufferedMs).to.be.at.most(40)
    expect(playout.late).to.equal(0)
    expect(kinds).to.deep.equal(new Set(['Silence', 'Voice']))
  })

  it('keeps no delay on a clean line but what the ticks leave: a packet is played in the next tick, if 3 ms are left until then', () => {
    for (const { after, buffered } of [
      { after: 0, buffered: 0 },
      { after: 100, buffered: 0 },
      { after: FRAME - 24, buffered: 0 },
      { after: FRAME - 23, buffered: 20 },
      { after: FRAME, buffered: 20 },
    ]) {
      const { packet, next, playout } = line()
      for (let frame = 0; frame < 600; frame++) {
        packet(frame * FRAME, FRAME, false, after)
        next()
      }
      expect(playout.bufferedMs, `${after} samples after the tick`).to.equal(buffered)
      expect(playout.late).to.equal(0)
    }
  })

  it('keeps the delay that the worst packets of a while need, and loses none of the next while', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 250, maxLength: 250 }), (jitter) => {
        const { packet, next, playout } = line()
        // The same delays come again and again, so that what is learnt holds.
        const arrivals = Array.from({ length: 2_000 }, (_, frame) => ({
          frame,
          at: frame * FRAME + jitter[frame % jitter.length]!,
        })).toSorted((a, b) => a.at - b.at)
        let lateBefore = 0
        for (let tick = 0, come = 0; tick < 1_990; tick++) {
          for (; arrivals[come]!.at < (tick + 1) * FRAME; come++)
            packet(arrivals[come]!.frame * FRAME, FRAME, false, arrivals[come]!.at - tick * FRAME)
          next()
          if (tick === 400) lateBefore = playout.late
        }
        expect(playout.late - lateBefore).to.be.at.most(2)
        expect(playout.bufferedMs).to.be.at.most(80)
      }),
      { numRuns: 30 },
    )
  })

  it('speeds words up rather than losing them when a stall let half a second pile up', () => {
    const { packet, next, playout } = line()
    let frame = 0
    for (; frame < 20; frame++) {
      packet(frame * FRAME)
      next()
    }
    for (const end = frame + 25; frame < end; frame++) packet(frame * FRAME)
    expect(playout.bufferedMs).to.be.above(450)
    for (const end = frame + 150; frame < end; frame++) {
      packet(frame * FRAME)
      expect(next().kind).to.equal('Voice')
    }
    expect(playout.bufferedMs).to.be.below(120)
  })

  it('follows a sender that restarts its stream, ahead or behind', () => {
    for (const jump of [50_000, -50_000, 3_000_000_000]) {
      const { packet, next } = line(() => 1_000)
      for (let frame = 0; frame < 20; frame++) {
        packet(frame * FRAME)
        next()
      }
      const kinds: string[] = []
      for (let frame = 20; frame < 60; frame++) {
        packet(frame * FRAME + jump)
        kinds.push(next().kind)
      }
      expect(kinds.slice(-25), String(jump)).to.deep.equal(Array.from({ length: 25 }, () => 'Voice'))
    }
  })

  it('takes up a new talk spurt at once, wherever its timestamps begin (RFC 3551 4.1)', () => {
    const { packet, next } = line(() => 1_000)
    packet(0)
    for (let tick = 0; tick < 50; tick++) next()
    packet(480, FRAME, true)
    next()
    expect(next().kind).to.equal('Voice')
  })

  it('is quiet while a key is pressed, and does not take that for a loss', () => {
    const { packet, next, playout } = line()
    for (let frame = 0; frame < 10; frame++) {
      packet(frame * FRAME)
      next()
    }
    const kinds: string[] = []
    for (let frame = 10; frame < 16; frame++) {
      if (frame < 14) playout.quiet((START + frame * FRAME) >>> 0, FRAME)
      kinds.push(next().kind)
    }
    expect(kinds).to.deep.equal(['Voice', 'Silence', 'Silence', 'Silence', 'Silence', 'Silence'])
    expect(playout.concealedMs).to.equal(0)
  })

  it('makes soft noise of the level that comfort noise asks for, until a voice comes (RFC 3389)', () => {
    const { packet, next, playout } = line()
    packet(0)
    next()
    next()
    playout.comfort(60)
    const noise = next()
    expect(noise.kind).to.equal('Silence')
    const rms = Math.sqrt(noise.frame.reduce((sum, value) => sum + value * value, 0) / FRAME)
    expect(20 * Math.log10(rms / 32_768)).to.be.within(-63, -57)
    packet(2_000, FRAME, true)
    next()
    expect(next().kind).to.equal('Voice')
    playout.comfort(0)
    next()
    expect(loudest(next().frame)).to.be.below(2_000)
  })

  it('never throws, and keeps no more than a second, whatever comes when', () => {
    const step = fc.record({
      jump: fc.oneof(
        { weight: 4, arbitrary: fc.constant(FRAME) },
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.nat(0xffffffff),
      ),
      length: fc.oneof(fc.constant(FRAME), fc.nat(1_400)),
      ticks: fc.nat(4),
      what: fc.constantFrom('voice', 'voice', 'voice', 'quiet', 'comfort'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { packet, next, playout } = line(() => 500)
        let at = 0
        for (const { jump, length, ticks, what } of steps) {
          at += jump
          if (what === 'voice') packet(at, length)
          else if (what === 'quiet') playout.quiet((START + at) >>> 0, length)
          else playout.comfort(length & 0xff)
          for (let tick = 0; tick < ticks; tick++) expect(next().kind).to.be.oneOf(['Voice', 'Concealed', 'Silence'])
          expect(playout.bufferedMs).to.be.within(0, 1_024)
        }
      }),
    )
  })
})
