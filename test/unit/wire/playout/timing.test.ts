import { expect } from 'chai'
import fc from 'fast-check'
import { laws } from '../../../../src/wire/codec/g711.ts'
import { Playout } from '../../../../src/wire/playout/playout.ts'
import { emptyRtpHeader } from '../../../../src/wire/rtp/packet.ts'

const law = laws.PCMA
const FRAME = 160

/**
 * Packets that come when `arrival` says, and frames that are due when the playing out wishes, within 15 ms of where they began.
 * @returns how long the last packet waits for its frame, in samples
 */
function throughTime(
  arrival: (frame: number) => number,
  seconds: number,
  isSaid: (frame: number) => boolean = () => true,
) {
  const playout = new Playout()
  const header = emptyRtpHeader()
  const octets = Buffer.alloc(FRAME, law.silence)
  const into = new Int16Array(FRAME)
  let ahead = 0
  let due = FRAME
  let frame = 0
  for (; frame < seconds * 50; due += FRAME) {
    for (; arrival(frame) <= due; frame++) {
      if (!isSaid(frame)) continue
      const marker = !isSaid(frame - 1)
      Object.assign(header, { marker, payloadStart: 0, payloadEnd: FRAME, timestamp: frame * FRAME })
      playout.voice(octets, header, law.linear, arrival(frame))
    }
    playout.next(into, due)
    const wished = Math.max(-120, Math.min(120, ahead + playout.takeWish()))
    due -= wished - ahead
    ahead = wished
  }
  return { playout, waited: playout.bufferedMs * 8 + due - FRAME - arrival(frame - 1) }
}

describe('the time of frames', () => {
  it('says when frames had better be due, so that none waits more than 8 ms, and none less than 3', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: FRAME - 1 }), (phase) => {
        const { waited, playout } = throughTime((frame) => frame * FRAME + phase, 20)
        expect(waited / 8).to.be.within(3, 8)
        expect(playout.late).to.equal(0)
      }),
    )
  })

  it('follows a clock that drifts by 50 ppm for ten minutes, and loses at most one frame a minute', () => {
    for (const ppm of [-50, 50]) {
      const { waited, playout } = throughTime((frame) => Math.round(frame * FRAME * (1 + ppm / 1e6)) + 50, 600)
      expect(playout.late, `${ppm} ppm`).to.be.at.most(10)
      expect(waited / 8, `${ppm} ppm`).to.be.within(0, 30)
    }
  })

  it('loses what one stall on the way made late, and does not wait longer for the rest of the call', () => {
    const stalled = (frame: number) => (frame >= 500 && frame < 504 ? 504 : frame) * FRAME + 50
    const { waited, playout } = throughTime(stalled, 20)
    expect(playout.late).to.be.within(1, 4)
    expect(waited / 8).to.be.within(3, 8)
  })

  it('waits longer at once when the way has become longer', () => {
    const { playout } = throughTime((frame) => frame * FRAME + 50 + (frame >= 500 ? 400 : 0), 12)
    expect(playout.late).to.be.within(1, 8)
  })

  it('goes on where it was when a sender that keeps still between its words speaks up again (RFC 3551 4.1)', () => {
    const speaks = (frame: number) => frame % 100 < 60
    const { waited, playout } = throughTime((frame) => frame * FRAME + 50, 31, speaks)
    expect(waited / 8).to.be.within(3, 8)
    expect(playout.late).to.equal(0)
  })
})
