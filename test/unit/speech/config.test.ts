import { expect } from 'chai'
import { readSpeechConfig } from '../../../src/speech/config.ts'

describe('the environment of the speech server', () => {
  it('may be empty', () => {
    const config = readSpeechConfig({})
    expect(config.port).to.equal(8443)
    expect(config.threads.asr).to.be.within(1, 4)
  })

  it('leaves the threads to the processors when they are 0', () => {
    expect(readSpeechConfig({ CALLBOT_ASR_THREADS: '0' }).threads).to.deep.equal(readSpeechConfig({}).threads)
    expect(readSpeechConfig({ CALLBOT_TTS_THREADS: '7' }).threads.tts).to.equal(7)
  })

  it('is refused with all that is wrong and what would do', () => {
    const wrong = { CALLBOT_SPEECH_PORT: '70000', CALLBOT_ASR_WORKERS: 'two', CALLBOT_LOG_LEVEL: 'loud' }
    expect(() => readSpeechConfig(wrong))
      .to.throw('CALLBOT_SPEECH_PORT is "70000": set it to a whole number from 0 to 65535')
      .with.property('message')
      .that.matches(/CALLBOT_ASR_WORKERS is "two".*|CALLBOT_LOG_LEVEL/)
    expect(() => readSpeechConfig(wrong)).to.throw('set it to one of debug, info')
  })
})
