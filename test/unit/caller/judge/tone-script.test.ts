import { expect } from 'chai'
import fc from 'fast-check'
import { FRAME, TonePlayer, TONES, writeScript } from '../../../../src/caller/judge/tone-script.ts'

const seeds = fc.string({ maxLength: 64 })

describe('the tones of a test call', () => {
  it('are the same for the same seed, and others for any other', () => {
    expect(writeScript('a', 10)).to.deep.equal(writeScript('a', 10))
    const texts = Array.from({ length: 5_000 }, (_, seed) =>
      writeScript(`${seed}`, 10)
        .tones.map(({ tone }) => tone)
        .join(),
    )
    expect(new Set(texts).size).to.equal(texts.length)
  })

  it('follow each other with a pause, never the same twice, and ten take 2.6 to 4.2 seconds', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { tones, frames } = writeScript(seed, 10)
        expect(tones).to.have.length(10)
        expect(frames * 20).to.be.within(2_600, 4_200)
        for (const [index, { tone, from, frames: length }] of tones.entries()) {
          expect(tone).to.be.within(0, TONES.length - 1)
          expect(length).to.be.within(8, 12)
          const next = tones[index + 1]
          expect((next?.from ?? frames) - from - length).to.be.within(5, 9)
          expect(next?.tone).not.to.equal(tone)
        }
      }),
    )
  })

  it('are apart from each other within a frame, in the band of a telephone, and none of what telephone systems play', () => {
    const theirs = [350, 400, 425, 440, 450, 480, 620, 950, 1000, 1100, 1400, 1800, 2100, 2600]
    for (const [index, hertz] of TONES.entries()) {
      expect(hertz % 50).to.equal(0)
      expect(hertz).to.be.within(300, 3_400)
      if (index > 0) expect(hertz - TONES[index - 1]!).to.be.at.least(100)
      for (const other of theirs) expect(Math.abs(hertz - other), `${hertz} and ${other}`).to.be.at.least(50)
    }
  })

  it('are played in frames of 20 ms, begin where the script says, and never click', () => {
    const script = writeScript('click', 10)
    const player = new TonePlayer(script)
    let last = 0
    for (let frame = 0; frame < script.frames; frame++) {
      const tone = script.tones.find(({ from, frames }) => frame >= from && frame < from + frames)
      expect(player.begins).to.equal(tone?.from === frame ? tone : undefined)
      const samples = player.next()
      expect(samples === undefined).to.equal(tone === undefined)
      if (samples === undefined) expect(Math.abs(last)).to.be.below(300)
      else {
        if (tone?.from === frame) expect(samples[0]).to.equal(0)
        last = samples[FRAME - 1]!
      }
    }
    expect(player.isOver).to.equal(true)
    expect(player.next()).to.equal(undefined)
  })
})
