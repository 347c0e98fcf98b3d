import { expect } from 'chai'
import fc from 'fast-check'
import { type Frame, silence, soundOf } from '../../../../src/voice/pipeline/frames.ts'
import { keys, type KeysState, noKeys } from '../../../../src/voice/pipeline/inband-dtmf.ts'
import { vowels } from '../../../harness/vowels.ts'

const LOW = [697, 770, 852, 941]
const HIGH = [1209, 1336, 1477]
const PAD = ['123', '456', '789', '*0#']

/** Both tones of a key; `high` as a ratio to the low one. */
function tone(key: string, frames: number, o: { peak?: number; high?: number; off?: number } = {}): Int16Array {
  const row = PAD.findIndex((keysOfRow) => keysOfRow.includes(key))
  const column = PAD[row]!.indexOf(key)
  const { peak = 8_000, high = 1, off = 1 } = o
  const wave = (hertz: number, at: number) => Math.sin((2 * Math.PI * hertz * off * at) / 8_000)
  return Int16Array.from({ length: frames * 160 }, (_, at) =>
    Math.round((peak / 2) * (wave(LOW[row]!, at) + high * wave(HIGH[column]!, at))),
  )
}

function framesOf(samples: Int16Array): Frame[] {
  return Array.from({ length: Math.floor(samples.length / 160) }, (_, at) =>
    soundOf(samples.subarray(at * 160, at * 160 + 160)),
  )
}

function press(...parts: Int16Array[]): string {
  let state: KeysState = noKeys
  let told = ''
  for (const frame of parts.flatMap(framesOf)) {
    const [next, out] = keys(state, frame)
    state = next
    for (const one of out) if (one.kind === 'Key') told += one.key
  }
  return told
}

const gap = (frames: number) => new Int16Array(frames * 160)

describe('keys that come as tones', () => {
  it('are reported once each, from 40 ms on', () => {
    const all = [...'1234567890*#']
    expect(press(...all.flatMap((key) => [tone(key, 3), gap(3)]))).to.equal(all.join(''))
    expect(press(tone('5', 50))).to.equal('5')
    expect(press(tone('5', 1), gap(3))).to.equal('')
  })

  it('are reported twice when pressed twice, and once when the line fails for 20 ms', () => {
    expect(press(tone('5', 3), gap(2), tone('5', 3))).to.equal('55')
    expect(press(tone('5', 3), gap(1), tone('5', 3))).to.equal('5')
  })

  it('are none where a second tone of the rows, or of the columns, is less than 8 dB below the first', () => {
    const sound = (...tones: (readonly [hertz: number, height: number])[]) =>
      Int16Array.from({ length: 5 * 160 }, (_, at) =>
        Math.round(
          tones.reduce((sum, [hertz, height]) => sum + height * Math.sin((2 * Math.PI * hertz * at) / 8_000), 0),
        ),
      )
    const one = [
      [697, 8_000],
      [1209, 8_000],
    ] as const
    for (const hertz of [941, 1477]) {
      expect(press(sound(...one, [hertz, 2_400])), `${hertz}, 10 dB below`).to.equal('1')
      expect(press(sound(...one, [hertz, 3_600])), `${hertz}, 7 dB below`).to.equal('')
    }
  })

  it('may be as faint, as uneven and as far off as ITU-T Q.24 allows', () => {
    expect(press(tone('7', 3, { peak: 400 }))).to.equal('7')
    expect(press(tone('7', 3, { high: 1.5 }))).to.equal('7')
    expect(press(tone('7', 3, { high: 0.5 }))).to.equal('7')
    expect(press(tone('7', 3, { off: 1.012 }))).to.equal('7')
  })

  it('are not found in a single tone, in a voice, or in noise', () => {
    const single = Int16Array.from({ length: 1_600 }, (_, at) => 8_000 * Math.sin((2 * Math.PI * 770 * at) / 8_000))
    expect(press(single)).to.equal('')
    expect(press(vowels(30))).to.equal('')
    let seed = 1
    const noise = Int16Array.from(
      { length: 80_000 },
      () => ((seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) % 9_000) - 4_500,
    )
    expect(press(noise)).to.equal('')
  })

  it('leave silence in their place, and all else as it was', () => {
    const [, muted] = keys(noKeys, framesOf(tone('1', 1))[0]!)
    expect(muted).to.deep.equal([{ kind: 'Erasure' }, silence])
    fc.assert(
      fc.property(fc.int16Array({ minLength: 160, maxLength: 160 }), (samples) => {
        const frame = soundOf(samples)
        const [, out] = keys(noKeys, frame)
        expect(out).to.have.length(1)
        expect(out[0] === frame || out[0] === silence).to.equal(true)
      }),
    )
  })
})
