import { expect } from 'chai'
import * as fc from 'fast-check'
import { resample, resampleInParts, toFloats, toIntegers } from '../../../src/lib/resample.ts'

const tone = (hertz: number, rate: number, seconds = 0.25) =>
  Float32Array.from({ length: rate * seconds }, (_, index) => Math.sin((2 * Math.PI * hertz * index) / rate))

/** Root mean square of the middle, where no end is near. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(samples.length >> 2, (samples.length * 3) >> 2)
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length)
}
const decibels = (ratio: number) => 20 * Math.log10(ratio)

describe('another sample rate', () => {
  for (const [from, to] of [
    [24_000, 8_000],
    [22_050, 8_000],
    [8_000, 16_000],
    [48_000, 16_000],
  ] as const) {
    it(`keeps a voice as loud as it was, from ${from} to ${to}`, () => {
      for (const hertz of [300, 1_000, 3_000]) {
        const change = decibels(level(resample(tone(hertz, from), from, to)) / Math.SQRT1_2)
        expect(Math.abs(change), `${hertz} Hz`).to.be.below(0.2)
      }
    })
  }

  it('lets nothing above half of the new rate fold into the voice: 50 dB down at 4.3 kHz, 70 from 5 kHz on', () => {
    const after = (hertz: number) => decibels(level(resample(tone(hertz, 24_000), 24_000, 8_000)) / Math.SQRT1_2)
    expect(after(4_300)).to.be.below(-50)
    for (const hertz of [5_000, 7_000, 11_000]) expect(after(hertz), `${hertz} Hz`).to.be.below(-70)
  })

  it('lasts as long as before', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.constantFrom(8_000, 16_000, 22_050, 24_000, 44_100), (length, from) => {
        const made = resample(new Float32Array(length), from, 8_000)
        expect(made.length / 8_000).to.be.closeTo(length / from, 1 / 8_000)
      }),
    )
  })

  it('is the same in parts, between which there is a rest', async () => {
    const samples = toIntegers(tone(440, 24_000, 2))
    let rests = 0
    const made = await resampleInParts(samples, { from: 24_000, to: 8_000, rest: async () => void rests++ })
    const whole = toIntegers(resample(toFloats(samples), 24_000, 8_000))
    expect(Math.max(...made.map((sample, at) => Math.abs(sample - whole[at]!)))).to.be.at.most(1)
    expect(made).to.have.length(16_000)
    expect(rests).to.equal(3)
  })

  it('is the same when the rate is', () => {
    const samples = tone(440, 8_000)
    expect(resample(samples, 8_000, 8_000)).to.equal(samples)
  })
})

describe('16 bit samples', () => {
  it('come back from floats', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -32_768, max: 32_767 })), (values) => {
        const samples = Int16Array.from(values)
        expect(toIntegers(toFloats(samples))).to.deep.equal(samples)
      }),
    )
  })

  it('are cut off where a float is too loud, and never wrap around', () => {
    expect(toIntegers(Float32Array.of(1.5, -1.5, 1))).to.deep.equal(Int16Array.of(32_767, -32_768, 32_767))
  })
})
