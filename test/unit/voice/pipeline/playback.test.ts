import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Clip,
  drop,
  enqueue,
  hold,
  idle,
  isStarved,
  mayInterrupt,
  nextToRender,
  play,
  type PlaybackState,
  rendered,
  resume,
} from '../../../../src/voice/pipeline/playback.ts'

const clip = (id: number, samples?: number, bargeIn: Clip['bargeIn'] = 'Allowed'): Clip => ({
  id,
  text: `sentence ${id}`,
  bargeIn,
  ...(samples === undefined ? {} : { samples: new Int16Array(samples).fill(1_000 * id) }),
})

const sound = (samples: number) => new Int16Array(samples).fill(1_000)

/** Plays until nothing comes any more. */
function playAll(state: PlaybackState): Int16Array[] {
  const out: Int16Array[] = []
  for (;;) {
    const [next, { samples }] = play(state)
    if (samples === undefined) return out
    out.push(samples)
    state = next
  }
}

describe('playback', () => {
  it('plays sentence after sentence in frames of 20 ms, the last filled up with silence', () => {
    const frames = playAll(enqueue(idle, [clip(1, 200), clip(2, 320)]))
    expect(frames.map(({ length }) => length)).to.deep.equal([160, 160, 160, 160])
    expect(frames[1]![100]).to.equal(0)
    expect(frames[2]![100]).to.equal(2_000)
  })

  it('fades in and out over 5 ms, so that nothing clicks', () => {
    const [first, second] = playAll(enqueue(idle, [clip(1, 320)]))
    expect(first![0]).to.equal(0)
    expect(first![20]).to.equal(500)
    expect(first![40]).to.equal(1_000)
    expect(second![159]).to.equal(0)
  })

  it('waits for a sentence that is not rendered, and passes over one that can not be', () => {
    const waiting = enqueue(idle, [clip(1), clip(2, 160)])
    expect(isStarved(waiting)).to.equal(true)
    expect(play(waiting)[1].samples).to.equal(undefined)
    expect(nextToRender(waiting)!.id).to.equal(1)
    expect(playAll(rendered(waiting, { id: 1, samples: new Int16Array(160) }))).to.have.length(2)
    expect(playAll(rendered(waiting, { id: 1, samples: undefined }))).to.have.length(1)
  })

  it('plays the first part of a sentence while the rest is rendered, and waits for it between whole frames', () => {
    const part = rendered(enqueue(idle, [clip(1), clip(2, 160)]), { id: 1, samples: sound(400), isPart: true })
    expect(isStarved(part)).to.equal(false)
    expect(nextToRender(part)).to.equal(undefined)
    const [one] = play(part)
    const [two] = play(one)
    expect(isStarved(two)).to.equal(true)
    expect(play(two)[1].samples).to.equal(undefined)
    const frames = playAll(rendered(two, { id: 1, samples: sound(240) }))
    expect(frames).to.have.length(3)
    expect(frames[0]![100], 'nothing fades where two parts meet').to.equal(1_000)
    expect(playAll(rendered(two, { id: 1, samples: undefined })), 'what is left is passed over').to.have.length(1)
  })

  it('plays a sentence whole, however it was parted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 700 }), (first, rest) => {
        const part = rendered(enqueue(idle, [clip(1)]), { id: 1, samples: sound(first), isPart: true })
        const frames = playAll(rendered(part, { id: 1, samples: sound(rest) }))
        expect(frames).to.have.length(Math.ceil((first + rest) / 160))
      }),
    )
  })

  it('says which sentence begins, once', () => {
    let state = enqueue(idle, [clip(1, 320), clip(2, 320)])
    const began: number[] = []
    for (let tick = 0; tick < 6; tick++) {
      const [next, played] = play(state)
      state = next
      if (played.began) began.push(played.began.id)
    }
    expect(began).to.deep.equal([1, 2])
  })

  it('held: is silent at once; resumed: begins the sentence again', () => {
    const [state] = play(enqueue(idle, [clip(1, 480)]))
    const held = hold(state)
    expect(play(held)[1].samples).to.equal(undefined)
    expect(playAll(resume(held))).to.have.length(3)
    expect(playAll(drop())).to.have.length(0)
  })

  it('may be interrupted only when nothing is left that must be heard', () => {
    let state = enqueue(idle, [clip(1, 160, 'Refused'), clip(2, 160)])
    expect(mayInterrupt(state)).to.equal(false)
    state = play(state)[0]
    expect(mayInterrupt(state)).to.equal(true)
  })

  it('plays every sample once, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 8 }), (lengths) => {
        const frames = playAll(
          enqueue(
            idle,
            lengths.map((length, at) => clip(at + 1, length)),
          ),
        )
        expect(frames).to.have.length(lengths.reduce((sum, length) => sum + Math.ceil(length / 160), 0))
        for (const frame of frames) expect(frame).to.have.length(160)
      }),
    )
  })
})
