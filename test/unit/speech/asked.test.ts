import { expect } from 'chai'
import { readSpeechBody } from '../../../src/speech/synthesis/speech-request.ts'
import { readTranscriptionForm, type Form } from '../../../src/speech/recognition/transcription-request.ts'
import type { Models } from '../../../src/speech/model-manifest.ts'
import { Problem } from '../../../src/speech/api-errors.ts'
import { writeWav } from '../../../src/wire/wav.ts'

const models: Models = {
  recogniser: { id: 'whisper-base', engine: 'whisper', file: 'w' },
  speakers: [
    {
      id: 'kokoro',
      engine: 'kokoro',
      file: 'k',
      config: 'c',
      voices: [{ id: 'siwis', language: 'fr', phonemes: 'fr-fr' }],
    },
    {
      id: 'piper',
      engine: 'piper',
      file: 'p',
      config: 'c',
      voices: [{ id: 'joe', language: 'en', phonemes: 'en-us' }],
    },
  ],
}

function refusal(ask: () => unknown): Problem {
  try {
    ask()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('what is asked of the voice', () => {
  const read = (body: unknown) => readSpeechBody(body, models)

  it('is said by the first voice, at the rate of OpenAI, unless the request says otherwise', () => {
    expect(read({ input: ' Bonjour. ' })).to.deep.equal({
      utterance: { model: 'kokoro', voice: 'siwis', text: 'Bonjour.', speed: 1, sampleRate: 24_000 },
      format: 'wav',
      isPrompt: false,
    })
  })

  it('is said by a voice of the language, of the model, or by the voice itself', () => {
    for (const wish of [{ language: 'en-GB' }, { model: 'piper' }, { voice: 'joe' }]) {
      expect(read({ input: 'Hello', ...wish }).utterance.voice, JSON.stringify(wish)).to.equal('joe')
    }
  })

  it('is refused with the field and what would do', () => {
    const cases: [body: unknown, param: string | null, words: RegExp, status?: number][] = [
      [undefined, null, /JSON object/],
      [{}, 'input', /input must be the words/],
      [{ input: '  ' }, 'input', /empty/],
      [{ input: 'x'.repeat(4_097) }, 'input', /4096 characters/],
      [{ input: 'x', response_format: 'mp3' }, 'response_format', /wav or pcm/],
      [{ input: 'x', speed: 3 }, 'speed', /0\.5 to 2/],
      [{ input: 'x', sample_rate: 11_025 }, 'sample_rate', /8000, 16000/],
      [{ input: 'x', cache: true }, 'cache', /prompt/],
      [{ input: 'x', language: 'de' }, 'language', /use one of fr, en/],
      [{ input: 'x', voice: 'alloy' }, 'voice', /use one of siwis, joe/],
      [{ input: 'x', model: 'kokoro', voice: 'joe' }, 'voice', /use one of siwis/],
      [{ input: 'x', model: 'tts-1' }, 'model', /use one of kokoro, piper/, 404],
    ]
    for (const [body, param, words, status = 400] of cases) {
      const { message, ...problem } = refusal(() => read(body))
      expect(message).to.match(words)
      expect([problem.param, problem.status], message).to.deep.equal([param, status])
    }
  })
})

describe('what is asked of the ear', () => {
  const wav = writeWav({ sampleRate: 16_000, samples: new Int16Array(32_000) })
  const form = (fields: Record<string, string>, bytes: Uint8Array = wav, type = 'audio/wav'): Form => ({
    fields: new Map(Object.entries(fields)),
    file: { type, bytes },
  })
  const read = (given: Form) => readTranscriptionForm(given, models, 3)

  it('is a WAV file in a language, with words to expect', () => {
    const { job, format, seconds } = read(form({ language: 'fr-FR', prompt: 'oui, non' }))
    expect({ ...job, samples: job.samples.length }).to.deep.equal({
      samples: 32_000,
      sampleRate: 16_000,
      language: 'fr',
      prompt: 'oui, non',
    })
    expect({ format, seconds }).to.deep.equal({ format: 'json', seconds: 2 })
  })

  it('is raw samples when the part says so, 8 kHz unless the request says otherwise', () => {
    const raw = read(form({}, Buffer.from([1, 0, 2, 0]), 'audio/pcm'))
    expect(raw.job).to.deep.equal({ samples: Int16Array.of(1, 2), sampleRate: 8_000 })
    expect(read(form({ sample_rate: '16000' }, Buffer.alloc(2), 'audio/L16')).job.sampleRate).to.equal(16_000)
  })

  it('leaves the language to be recognised when none is given', () => {
    for (const fields of [{}, { language: 'auto' }, { language: '' }] as Record<string, string>[]) {
      expect(read(form(fields)).job).not.to.have.property('language')
    }
  })

  it('is refused with the field and what would do', () => {
    const cases: [given: Form, param: string, words: RegExp, status?: number][] = [
      [{ fields: new Map() }, 'file', /file is missing/],
      [form({}, Buffer.from('ID3')), 'file', /no WAV file/],
      [form({}, writeWav({ sampleRate: 4_000, samples: new Int16Array(1) })), 'file', /4000 samples a second/],
      [form({ sample_rate: '1' }, Buffer.alloc(2), 'audio/pcm'), 'sample_rate', /8000 to 48000/],
      [form({ sample_rate: 'x' }, Buffer.alloc(2), 'audio/pcm'), 'sample_rate', /8000 to 48000/],
      [form({}, writeWav({ sampleRate: 8_000, samples: new Int16Array(24_001) })), 'file', /3 s is the most/, 413],
      [form({ model: 'whisper-1' }), 'model', /use whisper-base/, 404],
      [form({ language: 'french' }), 'language', /two letters/],
      [form({ response_format: 'srt' }), 'response_format', /json, verbose_json, text/],
      [form({ prompt: 'x'.repeat(1_001) }), 'prompt', /1000 characters/],
    ]
    for (const [given, param, words, status = 400] of cases) {
      const { message, ...problem } = refusal(() => read(given))
      expect(message).to.match(words)
      expect([problem.param, problem.status], message).to.deep.equal([param, status])
    }
  })
})
