import { expect } from 'chai'
import { renderingOf } from '../../../../src/voice/speech/openai-requests.ts'
import { SpeechFault } from '../../../../src/voice/speech/speech-fault.ts'
import { writeWav } from '../../../../src/wire/wav.ts'

const answerAt = (sampleRate: number) => ({
  status: 200,
  body: writeWav({ sampleRate, samples: new Int16Array(sampleRate / 10) }),
})

describe('the sound that a provider answers', () => {
  for (const rate of [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]) {
    it(`is taken at ${rate} samples a second, and lasts as long at 8,000`, async () => {
      expect(await renderingOf(answerAt(rate))).to.have.lengthOf.within(800, 801)
    })
  }

  it('is refused at a rate that no voice has: a sample a second would become hours', async () => {
    for (const rate of [1, 7_999, 47_981, 192_000]) {
      const failed: unknown = await renderingOf(answerAt(rate)).catch((error: unknown) => error)
      expect(failed).to.be.instanceOf(SpeechFault)
      expect(failed).to.include({ kind: 'Broken', message: 'the answer is WAV of an unusual sample rate' })
    }
  })
})
