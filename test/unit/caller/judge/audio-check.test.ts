import { expect } from 'chai'
import fc from 'fast-check'
import { AudioCheck } from '../../../../src/caller/judge/audio-check.ts'
import type { Expectation } from '../../../../src/caller/judge/result.ts'
import { clear, noiseOf, runCheck, type SoundPath } from '../../../harness/sound-path.ts'
import { vowels } from '../../../harness/vowels.ts'
import { costOf } from '../../../harness/event-loop.ts'

const TONES = 10
const check = (seed: string, expected: Expectation = 'Echo') =>
  new AudioCheck({ expect: expected, seed, tones: TONES, at: 0 })
const seeds = fc.uuid()
const law = fc.constantFrom('PCMA' as const, 'PCMU' as const)
const lines = fc.array(law, { minLength: 1, maxLength: 3 })

describe('a test call that expects its echo', () => {
  it('sends nothing until it has heard media for a tenth of a second, or for a second where none comes', () => {
    const first = (heardAt: number) => {
      const echo = check('a')
      for (let at = 0; at < 3_000; at += 20) if (echo.tick(at, undefined, at >= heardAt) !== undefined) return at
      return undefined
    }
    expect(first(400)).to.equal(500)
    expect(first(Infinity)).to.equal(1_000)
  })

  it('finds it after any delay up to 2.5 seconds, through any G.711, and says each delay to 3 ms', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 20, max: 2_500 }), lines, (seed, ms, through) => {
        const { finding, echo } = runCheck(check(seed), { ...clear, delay: () => ms, laws: through })
        expect(finding).to.equal('AsExpected')
        expect(echo).to.include({ sent: TONES, returned: TONES, others: 0 })
        for (const delay of echo!.delaysMilliseconds) expect(delay).to.be.within(ms - 3, ms + 3)
        expect(echo!.medianMilliseconds).to.be.within(ms - 3, ms + 3)
      }),
      { numRuns: 60 },
    )
  })

  it('finds it though packets are lost and come late, and there is noise 10 dB below the tones', () => {
    // A share of the frames is lost, and the jitter buffer moves by up to 60 ms during the call.
    const bad = fc.record({
      seed: seeds,
      ms: fc.integer({ min: 40, max: 1_500 }),
      lost: fc.double({ min: 0, max: 0.05, noNaN: true }),
      moves: fc.integer({ min: 0, max: 60 }),
      chance: fc.integer({ min: 1, max: 1_000_000 }),
    })
    fc.assert(
      fc.property(bad, lines, ({ seed, ms, lost, moves, chance }, through) => {
        const random = noiseOf(chance)
        const drops = Array.from({ length: 1_500 }, () => random() < lost)
        const path: SoundPath = {
          ...{ laws: through, noise: 3_000, isLost: (frame) => drops[frame]! },
          delay: (frame) => ms + Math.floor((moves * Math.min(frame, 200)) / 200 / 20) * 20,
        }
        const { finding, echo } = runCheck(check(seed), path)
        expect(finding).to.equal('AsExpected')
        expect(echo!.medianMilliseconds).to.be.within(ms - 10, ms + 80)
      }),
      { numRuns: 60 },
    )
  })

  it('takes the echo of another call for none of its own', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.integer({ min: 0, max: 2_000 }), (seed, other, ms) => {
        fc.pre(seed !== other)
        const theirs = runCheck(check(other), clear).spoken
        const late = ms * 8
        const { finding, echo } = runCheck(check(seed), { ...clear, plays: (sample) => theirs[sample - late] ?? 0 })
        // Half of the tones may be where ours would be, by chance.
        expect(finding).to.be.oneOf(['OtherSound', 'TonesMissing'])
        expect(echo!.returned).to.be.below(0.8 * TONES)
      }),
      { numRuns: 100 },
    )
  })

  it('takes a voice, noise or a tone for no echo', () => {
    const spoken = vowels(30)
    const random = noiseOf(7)
    const sounds: ((sample: number) => number)[] = [
      (sample) => spoken[sample % spoken.length]!,
      () => 12_000 * (2 * random() - 1),
      (sample) => 9_000 * Math.sin((2 * Math.PI * 425 * sample) / 8_000),
      (sample) => 9_000 * Math.sin((2 * Math.PI * 1_550 * sample) / 8_000),
    ]
    for (const plays of sounds) {
      const { finding, echo } = runCheck(check('a'), { ...clear, plays })
      expect(finding).to.equal('OtherSound')
      expect(echo!.returned).to.be.below(TONES / 2)
    }
  })

  it('says that tones are missing where half of them come back, and less than four in five', () => {
    const half: SoundPath = { ...clear, isLost: (frame) => frame > 110 }
    const { finding, echo } = runCheck(check('half'), half)
    expect(echo!.returned).to.be.within(5, 7)
    expect(finding).to.equal('TonesMissing')
    expect(echo!.delaysMilliseconds).to.include(null)
  })

  it('says what is missing: packets, sound, or one direction', () => {
    const nothing: SoundPath = { ...clear, isLost: () => true }
    const found = (heard: object) => runCheck(check('a'), nothing, { heard }).finding
    expect(found({ packets: 0 })).to.equal('NoMedia')
    expect(found({ packets: 0, sentLost: 0.1 })).to.equal('OneWay')
    expect(found({ packets: 0, sentLost: 1 })).to.equal('NoMedia')
    expect(found({ packets: 200, isHeld: true })).to.equal('OneWay')
    expect(found({ packets: 200, sentLost: 1 })).to.equal('OneWay')
    expect(found({ packets: 200 })).to.equal('Silent')
  })

  it('says nothing of the other side when our own process stood still, unless enough was heard all the same', () => {
    const heard = { ownDelay: 200 }
    expect(runCheck(check('stall'), { ...clear, isLost: (frame) => frame > 110 }, { heard }).finding).to.equal(
      'Stalled',
    )
    expect(runCheck(check('stall'), clear, { heard }).finding).to.equal('AsExpected')
  })

  it('passes whoever hangs up once enough was heard, and nobody who does so before', () => {
    const after = (frames: number) => runCheck(check('bye'), clear, { frames, ending: 'HungUp' }).finding
    expect(after(50)).to.equal('HungUp')
    expect(after(230)).to.equal('AsExpected')
    expect(runCheck(check('bye'), clear, { frames: 50, ending: 'Lost' }).finding).to.equal('Lost')
    expect(runCheck(check('bye'), clear, { frames: 50, ending: 'TimeUp' }).finding).to.equal('TimeUp')
    expect(runCheck(check('bye'), clear, { frames: 230, ending: 'CalledOff' }).finding).to.equal('CalledOff')
  })

  it('is over once a tone that is expected has been steady for half a second, to the frame', () => {
    const { frames } = runCheck(check('a', 'Tone'), {
      ...clear,
      plays: (sample) => 9_000 * Math.sin((2 * Math.PI * 425 * sample) / 8_000),
    })
    expect(frames).to.equal(25)
  })

  it('is over soon after the last tone came back, and three seconds after it went out at the latest', () => {
    expect(runCheck(check('soon'), { ...clear, delay: () => 100 }).frames * 20).to.be.below(5_500)
    const never = runCheck(check('soon'), { ...clear, isLost: () => true })
    expect(never.frames * 20).to.be.within(5_000, 7_500)
  })

  it('takes the same time for each frame and a bounded memory, whatever is heard and for how long', () => {
    const whistles = (sample: number) =>
      9_000 * Math.sin((2 * Math.PI * (sample % 3_200 < 1_600 ? 550 : 2_000) * sample) / 8_000)
    const one = check('hour', 'Answer')
    const frame = new Int16Array(160)
    const tenMinutes = () => {
      for (let at = 0; at < 50 * 600; at++) {
        for (let sample = 0; sample < 160; sample++) frame[sample] = whistles(at * 160 + sample)
        one.tick(at * 20, frame, true)
      }
    }
    const each = costOf(tenMinutes, 1) / 30_000
    const listening = check('hour')
    for (let at = 0; at < 50 * 600; at++) listening.tick(at * 20, frame, true)
    const judge = () => listening.judge('TimeUp', { packets: 1, isHeld: false, sentLost: undefined, ownDelay: 0 })
    expect(costOf(judge, 1), 'milliseconds of a core').to.be.below(20)
    expect(each, 'milliseconds of a core').to.be.below(1)
  })
})

describe('a test call that expects a tone', () => {
  const sine = (hertz: number) => (sample: number) => 8_000 * Math.sin((2 * Math.PI * hertz * sample) / 8_000)

  it('finds a steady one of any frequency of a telephone, through any G.711', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 3_300 }), lines, (hertz, through) => {
        const { finding, tone } = runCheck(check('a', 'Tone'), { ...clear, laws: through, plays: sine(hertz) })
        expect(finding).to.equal('AsExpected')
        expect(tone!.hertz).to.be.within(hertz - 5, hertz + 5)
        expect(tone!.milliseconds).to.be.at.least(500)
      }),
      { numRuns: 100 },
    )
  })

  it('takes no voice, no noise, no two tones and no short tone for one', () => {
    const spoken = vowels(10)
    const random = noiseOf(3)
    const both = [sine(440), sine(480)]
    const sounds: ((sample: number) => number)[] = [
      (sample) => spoken[sample % spoken.length]!,
      () => 12_000 * (2 * random() - 1),
      (sample) => both[0]!(sample) + both[1]!(sample),
      (sample) => (sample % 8_000 < 3_200 ? sine(425)(sample) : 0),
    ]
    for (const [index, plays] of sounds.entries())
      expect(runCheck(check('a', 'Tone'), { ...clear, plays }, { frames: 500 }).finding, `${index}`).to.equal('NoTone')
    expect(runCheck(check('a', 'Tone'), { ...clear, plays: () => 0 }, { frames: 100 }).finding).to.equal('Silent')
  })
})

describe('a test call that expects a voice', () => {
  it('is over as soon as a word was heard, through any G.711', () => {
    const spoken = vowels(4)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), lines, (silent, through) => {
        const plays = (sample: number) => spoken[sample - silent * 160] ?? 0
        const { finding, frames } = runCheck(check('a', 'Voice'), { ...clear, laws: through, plays })
        expect(finding).to.equal('AsExpected')
        expect(frames - silent).to.be.within(20, 75)
      }),
    )
  })

  it('takes silence, a faint noise and a click for none', () => {
    const random = noiseOf(5)
    const sounds: ((sample: number) => number)[] = [
      () => 0,
      () => 60 * (2 * random() - 1),
      (sample) => (sample % 16_000 < 160 ? 20_000 : 0),
    ]
    for (const [index, plays] of sounds.entries())
      expect(runCheck(check('a', 'Voice'), { ...clear, plays }, { frames: 500 }).finding, `${index}`).to.equal('Silent')
  })
})

describe('a test call that expects an answer', () => {
  it('is held for two seconds, and passes whatever is heard', () => {
    const { finding, frames } = runCheck(check('a', 'Answer'), { ...clear, plays: () => 0 })
    expect(finding).to.equal('AsExpected')
    expect(frames * 20).to.be.within(2_000, 2_100)
  })

  it('does not pass when the other side hangs up at once', () => {
    expect(runCheck(check('a', 'Answer'), clear, { frames: 5, ending: 'HungUp' }).finding).to.equal('HungUp')
  })
})
