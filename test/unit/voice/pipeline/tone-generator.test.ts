import { expect } from 'chai'
import { powerOf, soundOf, type Frame } from '../../../../src/voice/pipeline/frames.ts'
import { keys, noKeys } from '../../../../src/voice/pipeline/inband-dtmf.ts'
import { keyTone, ringingTone } from '../../../../src/voice/pipeline/tone-generator.ts'

describe('tones of the pod’s own', () => {
  it('let a caller hear it ring: a second and a half of every five, softer than a voice', () => {
    const second = 50
    const loud = Array.from({ length: 20 * second }, (_, tick) => powerOf(ringingTone(tick) ?? new Int16Array(160)) > 0)
    for (const cycle of [0, 1, 2, 3]) {
      const at = cycle * 5 * second
      expect(loud.slice(at, at + 75).every(Boolean)).to.equal(true)
      expect(loud.slice(at + 75, at + 250).some(Boolean)).to.equal(false)
    }
    const peak = Math.max(...ringingTone(3)!)
    expect(20 * Math.log10(peak / 32_768)).to.be.within(-30, -20)
  })

  it('begin and end without a click', () => {
    expect(ringingTone(0)![0]).to.equal(0)
    expect(ringingTone(74)!.at(-1)).to.equal(0)
  })

  it('are keys that any receiver understands, one after the other', () => {
    const typed = '1234567890*#'
    let state = noKeys
    const heard: string[] = []
    for (const samples of [...typed].flatMap(keyTone)) {
      const [next, frames]: readonly [typeof state, readonly Frame[]] = keys(state, soundOf(samples))
      state = next
      heard.push(...frames.flatMap((frame) => (frame.kind === 'Key' ? [frame.key] : [])))
    }
    expect(heard.join('')).to.equal(typed)
  })

  it('are none for what is no key', () => {
    for (const no of ['', 'x', '12']) expect(keyTone(no)).to.deep.equal([])
  })
})
