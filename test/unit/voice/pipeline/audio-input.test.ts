import { expect } from 'chai'
import fc from 'fast-check'
import { type Frame, silence, soundOf } from '../../../../src/voice/pipeline/frames.ts'
import { Tape } from '../../../../src/voice/session/tape.ts'
import { createInputPipeline, type InputStages, newInputStages } from '../../../../src/voice/pipeline/audio-input.ts'

const rule = { endOfTurnMilliseconds: 700, silenceSeconds: 30, stuckSeconds: 10, longestCallSeconds: 3_600 }
const LOUD = soundOf(new Int16Array(160).fill(3_000).map((value, at) => (at % 2 === 0 ? value : -value)))
const voice = (value: number): Frame => ({ kind: 'Probability', value })

/** Runs frames through the whole way in; each window is answered at once by `judge`. */
function listen(
  frames: Iterable<Frame>,
  judge: (at: number, samples: Float32Array) => number,
  hear = createInputPipeline(rule, true),
) {
  let ears: InputStages = newInputStages
  let at = 0
  const tape = new Tape()
  const out: (Frame & { at: number })[] = []
  const windows: Float32Array[] = []
  const utterances: Int16Array[] = []
  const feed = (frame: Frame) => {
    if (frame.kind === 'Sound') tape.write(frame.samples, ears.recorder.from)
    const [next, produced] = hear(ears, frame)
    ears = next
    for (const one of produced) {
      out.push({ ...one, at })
      if (one.kind === 'Utterance') utterances.push(tape.cut(one.from, one.to))
      if (one.kind !== 'Window') continue
      const window = tape.window(one.from)
      windows.push(window)
      feed(voice(judge(at, window)))
    }
  }
  for (const frame of frames) {
    at++
    feed(frame)
  }
  return { ears, out, windows, utterances, of: (kind: Frame['kind']) => out.filter((frame) => frame.kind === kind) }
}

const repeat = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value)
const talk = (quietBefore: number, loud: number, quietAfter: number) => [
  ...repeat(silence, quietBefore),
  ...repeat(LOUD, loud),
  ...repeat(silence, quietAfter),
]

describe('the way in', () => {
  it('asks the model nothing as long as the line is quiet', () => {
    expect(listen(repeat(silence, 1_000), () => 1).of('Window')).to.have.length(0)
  })

  it('takes loud sound for a voice only when the model does', () => {
    const noise = listen(talk(20, 100, 100), () => 0.1)
    expect(noise.of('Window')).to.have.length.above(50)
    expect(noise.of('SpeechStarted')).to.have.length(0)
    expect(listen(talk(20, 100, 100), () => 0.9).of('SpeechStarted')).to.have.length(1)
  })

  it('knows a voice within 160 ms', () => {
    const [started] = listen(talk(50, 100, 0), () => 0.9).of('SpeechStarted')
    expect((started as { at: number }).at - 50).to.be.at.most(160 / 20)
  })

  it('is not taken in by a click', () => {
    const { of } = listen(talk(50, 1, 50), (_, samples) => (samples.some((sample) => sample !== 0) ? 0.9 : 0.1))
    expect(of('Window')).to.have.length.above(3)
    expect(of('SpeechStarted')).to.have.length(0)
  })

  it('ends a turn after the silence of the rule, counted from the last sound, however slowly the model lets go of the voice', () => {
    // The window in which the sound ends is judged up to 32 ms later.
    const letsGoAfter = fc.integer({ min: 2, max: 30 })
    fc.assert(
      fc.property(letsGoAfter, fc.integer({ min: 20, max: 200 }), (slow, loud) => {
        const { of } = listen(talk(50, loud, 100), (at) => (at <= 50 + loud + slow ? 0.9 : 0.1))
        const [ended] = of('SpeechEnded')
        expect(((ended as { at: number }).at - 50 - loud) * 20).to.equal(700)
      }),
    )
  })

  it('counts noise that goes on after the last word as silence', () => {
    const { of } = listen(talk(50, 200, 0), (at) => (at <= 150 ? 0.9 : 0.1))
    const [ended] = of('SpeechEnded')
    expect(((ended as { at: number }).at - 150) * 20).to.be.within(680, 720)
  })

  it('dates a judgement that comes late to when its window was heard', () => {
    const late: { due: number; frame: Frame }[] = []
    const hear = createInputPipeline(rule, true)
    let ears: InputStages = newInputStages
    const ends: number[] = []
    talk(50, 100, 100).forEach((frame, index) => {
      const waiting: Frame[] = [frame, ...late.filter(({ due }) => due === index).map((one) => one.frame)]
      for (const one of waiting) {
        const [next, out] = hear(ears, one)
        ears = next
        for (const { kind } of out) {
          if (kind === 'Window') late.push({ due: index + 3, frame: voice(0.9) })
          if (kind === 'SpeechEnded') ends.push(index + 1)
        }
      }
    })
    expect(ends).to.deep.equal([150 + 35])
  })

  it('does not end a turn in a pause that is shorter', () => {
    const { of } = listen([...talk(50, 50, 20), ...talk(0, 50, 100)], () => 0.9)
    expect(of('SpeechStarted')).to.have.length(1)
    expect(of('SpeechEnded')).to.have.length(1)
  })

  it('gives the turn with at least 200 ms before it and 300 ms after', () => {
    const marked = repeat(LOUD, 50)
    const frames = [...repeat(silence, 50), ...marked, ...repeat(silence, 60)]
    const [utterance] = listen(frames, (at) => (at <= 100 ? 0.9 : 0.1)).utterances
    const first = utterance!.findIndex((sample) => sample !== 0)
    const last = utterance!.findLastIndex((sample) => sample !== 0)
    expect(first).to.be.at.least(1_600)
    expect(last - first + 1).to.equal(50 * 160)
    expect((utterance!.length - 1 - last) / 8).to.be.within(280, 420)
  })

  it('makes one turn of two when the caller goes on before the first was forgotten', () => {
    const { utterances } = listen([...talk(50, 50, 60), ...talk(0, 50, 60)], (at) =>
      at % 110 > 45 && at % 110 <= 100 ? 0.9 : 0.1,
    )
    const [one, two] = utterances
    expect(two!.length).to.be.above(one!.length + 50 * 160)
  })

  it('ends a turn of 60 s, so that memory is bounded', () => {
    const { utterances } = listen(repeat(LOUD, 4_000), () => 0.9)
    expect(utterances).to.have.length(1)
    expect(utterances[0]!.length).to.be.at.most(60 * 8_000)
  })

  it('keeps the laws for any sound and any judgement', () => {
    const sound = fc.oneof(
      fc.constant(silence),
      fc.constant(LOUD),
      fc.int16Array({ minLength: 160, maxLength: 160 }).map(soundOf),
    )
    const stretches = fc.array(fc.tuple(sound, fc.integer({ min: 1, max: 80 })), { maxLength: 12 })
    fc.assert(
      fc.property(
        stretches,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
        (parts, judgements) => {
          const frames = parts.flatMap(([frame, times]) => repeat(frame, times))
          const { out, of, utterances } = listen(frames, (at) => judgements[at % judgements.length]!)
          // Sound goes in and comes out frame by frame; turns begin and end in turn; each end gives one utterance, of whole frames.
          expect(of('Sound')).to.have.length(frames.length)
          const marks = out.filter(({ kind }) => kind === 'SpeechStarted' || kind === 'SpeechEnded')
          marks.forEach(({ kind }, at) => expect(kind).to.equal(at % 2 === 0 ? 'SpeechStarted' : 'SpeechEnded'))
          expect(utterances).to.have.length(of('SpeechEnded').length)
          for (const utterance of utterances) expect(utterance.length).to.be.above(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('loses and doubles no sample on the way to the model', () => {
    const ramp = Array.from({ length: 40 }, (_, frame) =>
      soundOf(
        Int16Array.from(
          { length: 160 },
          (_, at) => ((frame * 160 + at) % 2 === 0 ? 1 : -1) * (1_000 + frame * 160 + at),
        ),
      ),
    )
    const { windows } = listen([...repeat(silence, 10), ...ramp], () => 0.1)
    const all = windows.flatMap((window) => [...window].map((sample) => Math.abs(Math.round(sample * 32_768))))
    const voiced = all.slice(all.findIndex((sample) => sample !== 0))
    voiced.forEach((sample, at) => expect(sample).to.equal(1_000 + at))
  })
})
