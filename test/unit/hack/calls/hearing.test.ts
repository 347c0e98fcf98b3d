import { expect } from 'chai'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastHeard } from '../../../../hack/calls/hearing.ts'
import { pitch, SAMPLE_RATE, saveSound } from '../../../../hack/calls/sound.ts'

const sine = (hertz: number, seconds: number) =>
  new Int16Array(seconds * SAMPLE_RATE).map((_, at) => 5_000 * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE))

describe('a person who listens', () => {
  it('hears how high somebody hums', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 3_000 }), (hertz) => {
        expect(pitch(sine(hertz, 1))).to.be.closeTo(hertz, 2)
      }),
    )
  })

  it('hears nothing in nothing', () => {
    expect(pitch(new Int16Array(0))).to.equal(0)
  })

  it('goes by what was heard last, and by less when there was less', () => {
    const folder = mkdtempSync(join(tmpdir(), 'callbot-hearing-'))
    const file = join(folder, 'heard.wav')
    saveSound(file, Int16Array.from([...sine(330, 1), ...sine(550, 1)]))
    expect(pitch(lastHeard(file, 0.5))).to.be.closeTo(550, 4)
    expect(lastHeard(file, 0.5)).to.have.lengthOf(SAMPLE_RATE / 2)
    expect(lastHeard(file, 60)).to.have.lengthOf(2 * SAMPLE_RATE)
    rmSync(folder, { recursive: true })
  })
})
