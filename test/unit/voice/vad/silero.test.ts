import { expect } from 'chai'
import { loadVoiceModel, type VoiceMemory, type VoiceModel } from '../../../../src/voice/vad/silero.ts'
import { vowels } from '../../../harness/vowels.ts'

const WINDOW = 256
const speech = Float32Array.from(vowels(1.5), (sample) => sample / 32_768)
const window = (at: number) => ({ samples: speech.slice(at * WINDOW, (at + 1) * WINDOW), isFirst: at === 0 })

describe('the model of voices', () => {
  let model: VoiceModel

  beforeEach(async () => {
    model = await loadVoiceModel()
  })

  const judged = (memory: VoiceMemory, at: number) =>
    new Promise<number>((resolve) => model.judge(memory, window(at), resolve))

  it('takes a voice for one, and silence for none', async () => {
    const memory = model.newMemory()
    const found: number[] = []
    for (let at = 0; at < 20; at++) found.push(await judged(memory, at))
    expect(found.slice(5).filter((probability) => probability > 0.5)).to.have.length.above(12)
    const quiet = { samples: new Float32Array(WINDOW), isFirst: true }
    expect(await new Promise<number>((resolve) => model.judge(memory, quiet, resolve))).to.be.below(0.2)
  })

  it('judges what comes within a tick in one run, whichever calls it is of', async () => {
    const calls = Array.from({ length: 12 }, () => model.newMemory())
    const first = calls.slice(0, 6).map((memory) => judged(memory, 0))
    await new Promise((resolve) => setTimeout(resolve, 5))
    await Promise.all([...first, ...calls.slice(6).map((memory) => judged(memory, 0))])
    expect(model.counts).to.deep.equal({ runs: 1, windows: 12, failures: 0 })
  })

  it('judges the windows of one call in their order, as if each had come alone', async () => {
    const alone = model.newMemory()
    const expected: number[] = []
    for (let at = 0; at < 6; at++) expected.push(await judged(alone, at))
    const memory = model.newMemory()
    const order: number[] = []
    const together = await Promise.all(
      expected.map((_, at) =>
        judged(memory, at).then((probability) => {
          order.push(at)
          return probability
        }),
      ),
    )
    expect(order).to.deep.equal([0, 1, 2, 3, 4, 5])
    together.forEach((probability, at) => expect(probability).to.be.closeTo(expected[at]!, 1e-5))
  })
})
