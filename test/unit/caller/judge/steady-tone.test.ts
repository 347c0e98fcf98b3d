import { expect } from 'chai'
import { SteadyTone } from '../../../../src/caller/judge/steady-tone.ts'
import { noiseOf } from '../../../harness/sound-path.ts'

const FRAMES = 50
const sine = (hertz: number, height: number) => (at: number) => height * Math.sin((2 * Math.PI * hertz * at) / 8_000)

/** Milliseconds of a steady tone in a second of this. */
function heard(sound: (at: number) => number): number {
  const tone = new SteadyTone()
  for (let frame = 0; frame < FRAMES; frame++)
    tone.hear(Int16Array.from({ length: 160 }, (_, at) => Math.round(sound(frame * 160 + at))))
  return tone.milliseconds
}

describe('a steady tone', () => {
  it('is heard for as long as it sounds', () => {
    expect(heard(sine(425, 8_000))).to.equal(1_000)
  })

  it('is no frame of which more than a twentieth is something else, however steady the rest is', () => {
    const random = noiseOf(5)
    const [first, second] = [sine(400, 8_000), sine(1_200, 8_000)]
    // Both end with each frame, so that each frame is like the one before.
    expect(heard((at) => first(at) + second(at))).to.equal(0)
    expect(heard((at) => first(at) + 8_000 * (2 * random() - 1))).to.equal(0)
  })
})
