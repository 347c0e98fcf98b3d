import { expect } from 'chai'
import * as fc from 'fast-check'
import { PromptCache, promptKey } from '../../../src/speech/synthesis/prompt-cache.ts'
import { cutOut, speechBounds, WINDOW } from '../../../src/speech/recognition/speech-segment.ts'
import { trimmed } from '../../../src/speech/synthesis/silence-trimming.ts'

describe('where somebody speaks', () => {
  it('is nowhere in silence and in a click', () => {
    expect(speechBounds([])).to.equal(undefined)
    expect(speechBounds(Array(50).fill(0.1))).to.equal(undefined)
    expect(speechBounds([0, 0, 0.9, 0, 0])).to.equal(undefined)
  })

  it('is from 300 ms before the first word to 300 ms after the last, though the audio begins or ends sooner', () => {
    const found = speechBounds([0.9, 0.9, 0, 0, 0.5])!
    expect(found).to.deep.equal({ from: -2_400, to: 5 * WINDOW + 2_400, speech: 3 * 0.032 })
  })

  it('is cut out with silence where there is no audio', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), fc.nat(40), fc.nat(20), (from, length, size) => {
        const samples = Float32Array.from({ length: size }, (_, index) => index + 1)
        const piece = cutOut(samples, from, from + length)
        const wanted = Array.from({ length }, (_, index) => samples[from + index] ?? 0)
        expect([...piece]).to.deep.equal(wanted)
      }),
    )
  })
})

describe('a rendered sentence', () => {
  const sound = (before: number, loud: number, after: number) =>
    Float32Array.from([...Array(before).fill(0), ...Array(loud).fill(0.5), ...Array(after).fill(0.001)])

  it('begins 20 ms before its first sound and ends 80 ms after the last', () => {
    expect(trimmed(sound(1_000, 100, 2_000), 8_000).length).to.equal(160 + 100 + 640 - 1)
  })

  it('is empty when nothing is heard in it', () => {
    expect(trimmed(sound(1_000, 0, 1_000), 8_000).length).to.equal(0)
  })

  it('is never longer than before', () => {
    fc.assert(
      fc.property(fc.nat(900), fc.nat(900), fc.nat(900), (before, loud, after) => {
        expect(trimmed(sound(before, loud, after), 8_000).length).to.be.at.most(before + loud + after)
      }),
    )
  })
})

describe('the memory for prompts', () => {
  it('never passes its limit, and the least used goes first', () => {
    const cache = new PromptCache(30)
    for (const key of ['a', 'b', 'c']) cache.set(key, Buffer.alloc(10))
    cache.get('a')
    cache.set('d', Buffer.alloc(10))
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key) !== undefined)).to.deep.equal(['a', 'c', 'd'])
    expect(cache.size).to.deep.equal({ prompts: 3, bytes: 30 })
  })

  it('holds what it says that it holds, whatever comes', () => {
    const prompt = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(40))
    fc.assert(
      fc.property(fc.array(prompt), (prompts) => {
        const cache = new PromptCache(50)
        for (const [key, size] of prompts) cache.set(key, Buffer.alloc(size))
        const held = ['a', 'b', 'c', 'd'].flatMap((key) => cache.get(key) ?? [])
        const bytes = held.reduce((sum, { length }) => sum + length, 0)
        expect(cache.size).to.deep.equal({ prompts: held.length, bytes })
        expect(bytes).to.be.at.most(50)
      }),
    )
  })

  it('has another key for whatever changes the sound, and no key tells the words', () => {
    const one = { model: 'kokoro', voice: 'ff_siwis', text: 'Bonjour', speed: 1, sampleRate: 8_000 }
    const others = [{ model: 'm' }, { voice: 'v' }, { text: 'Bonsoir' }, { speed: 2 }, { sampleRate: 16_000 }]
    const keys = [one, ...others.map((other) => ({ ...one, ...other }))].map(promptKey)
    expect(new Set(keys).size).to.equal(6)
    expect(keys.join()).not.to.match(/bonjour/i)
  })
})
