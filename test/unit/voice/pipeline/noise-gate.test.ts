import { expect } from 'chai'
import { silence, soundOf, type Sound } from '../../../../src/voice/pipeline/frames.ts'
import { gate, type GateState, newGate, spoke } from '../../../../src/voice/pipeline/noise-gate.ts'

const level = (rms: number): Sound => soundOf(new Int16Array(160).map((_, at) => (at % 2 === 0 ? rms : -rms)))

/** How many of the frames it lets through; `echo` is what the bot says meanwhile. */
function through(frames: readonly Sound[], echo = 0): number {
  let state: GateState = newGate
  let count = 0
  for (const frame of frames) {
    const [next, [out]] = gate(spoke(state, echo ** 2), frame)
    state = next
    if ((out as Sound).isLoud) count++
  }
  return count
}

const repeat = (frame: Sound, times: number) => Array.from({ length: times }, () => frame)

describe('the gate', () => {
  it('is closed on silence and on a quiet line, and open on a voice', () => {
    expect(through(repeat(silence, 500))).to.equal(0)
    expect(through(repeat(level(20), 500))).to.equal(0)
    expect(through(repeat(level(1_000), 50))).to.equal(50)
  })

  it('learns a noise that goes on, and lets through what is louder', () => {
    const noise = repeat(level(300), 1_500)
    expect(through(noise)).to.be.below(1_000)
    expect(through([...noise, ...repeat(level(1_000), 20)]) - through(noise)).to.equal(20)
  })

  it('stays open for 300 ms, so that the end of a word is heard', () => {
    expect(through([...repeat(level(1_000), 10), ...repeat(silence, 100)])).to.equal(10 + 14)
  })

  it('does not take the echo of the bot for a caller, but a caller who talks over it', () => {
    expect(through(repeat(level(350), 100), 4_000), 'an echo 21 dB below').to.equal(0)
    expect(through(repeat(level(350), 100)), 'the same without the bot').to.equal(100)
    expect(through(repeat(level(1_500), 100), 4_000), 'a caller').to.equal(100)
  })
})
