import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { Tape } from '../../../../src/voice/session/tape.ts'

/** A frame whose samples are all of this number. */
const frame = (number: number) => new Int16Array(160).fill(number)
const firsts = (samples: Int16Array) => Array.from({ length: samples.length / 160 }, (_, at) => samples[at * 160])
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** So many frames, of which those from `kept` on must stay. */
function recorded(count: number, kept?: number): Tape {
  const tape = new Tape()
  for (let number = 0; number < count; number++)
    tape.write(frame(number), kept !== undefined && number >= kept ? kept : undefined)
  return tape
}

describe('the tape of a call', () => {
  it('has the last 640 ms, however much was said before', () =>
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 400 }), (count) =>
        deepEqual(firsts(recorded(count).cut(count - 32, count)), numbers(count - 32, count)),
      ),
    ))

  it('has all that is kept, and the last 640 ms again once nothing is', () =>
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 1, max: 400 }), (kept, more) => {
        const count = kept + more
        const tape = recorded(count, kept)
        deepEqual(firsts(tape.cut(kept, count)), numbers(kept, count))
        tape.write(frame(count), undefined)
        const from = Math.max(0, count + 1 - 32)
        deepEqual(firsts(tape.cut(from, count + 1)), numbers(from, count + 1))
      }),
    ))

  it('gives the window of a sample as numbers from -1 to 1, also across the end of its memory', () => {
    const window = recorded(40).window(31 * 160 + 80)
    deepEqual(
      [...window].map((sample) => Math.round(sample * 32_768)),
      [...Array<number>(80).fill(31), ...Array<number>(160).fill(32), ...Array<number>(16).fill(33)],
    )
  })

  it('holds silence where a key was heard, or nothing', () => {
    const tape = recorded(3)
    tape.eraseLast()
    tape.write(undefined, undefined)
    deepEqual(firsts(tape.cut(0, 4)), [0, 1, 0, 0])
  })

  it('keeps no frame that is handed to it: its memory is used again', () => {
    const tape = new Tape()
    const samples = frame(7)
    tape.write(samples, undefined)
    samples.fill(0)
    equal(tape.cut(0, 1)[159], 7)
  })
})
