import { expect } from 'chai'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastHeard } from '../../../../hack/calls/sound-activity.ts'
import { SAMPLE_RATE, saveSound, shareAt } from '../../../../hack/calls/sound.ts'
import { vowels } from '../../../harness/vowels.ts'

const sine = (hertz: number, seconds: number) =>
  new Int16Array(seconds * SAMPLE_RATE).map((_, at) => 5_000 * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE))

describe('a person who listens', () => {
  it('knows a hum by its pitch', () => {
    const pitches = fc.integer({ min: 100, max: 3_000 })
    fc.assert(
      fc.property(pitches, pitches, (hertz, other) => {
        fc.pre(Math.abs(hertz - other) > 20)
        expect(shareAt(hertz, sine(hertz, 1))).to.be.closeTo(1, 0.02)
        expect(shareAt(other, sine(hertz, 1))).to.be.below(0.02)
      }),
    )
  })

  it('takes neither silence nor a voice for a hum', () => {
    expect(shareAt(330, new Int16Array(800))).to.equal(0)
    const voice = vowels(1)
    for (let hertz = 100; hertz < 3_000; hertz += 5) expect(shareAt(hertz, voice)).to.be.below(0.5)
  })

  it('goes by what was heard last, and by less when there was less', () => {
    const folder = mkdtempSync(join(tmpdir(), 'callbot-hearing-'))
    const file = join(folder, 'heard.wav')
    saveSound(file, Int16Array.from([...sine(330, 1), ...sine(550, 1)]))
    expect(shareAt(550, lastHeard(file, 0.5))).to.be.closeTo(1, 0.02)
    expect(lastHeard(file, 0.5)).to.have.lengthOf(SAMPLE_RATE / 2)
    expect(lastHeard(file, 60)).to.have.lengthOf(2 * SAMPLE_RATE)
    rmSync(folder, { recursive: true })
  })
})
