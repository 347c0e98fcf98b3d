import { readTranscriptionForm } from '../../../src/speech/recognition/transcription-request.ts'
import { clauses } from '../../../src/speech/synthesis/phonemes.ts'
import { sentencesOf } from '../../../src/speech/synthesis/sentence-splitter.ts'
import { LONGEST_INPUT, readSpeechBody } from '../../../src/speech/synthesis/speech-request.ts'
import { JSONS, shapesOf, TEXTS } from './hostile-text.ts'
import { attempt, type Input, isDefined } from './input.ts'
import { wavOfChunks } from './sounds.ts'

/* What the speech server reads of bot pods: the texts are of tenants and callers. */

const ROW = 'A request to the speech server'
const voice = { id: 'v', language: 'fr' }
const models = { recogniser: { id: 'r' }, speakers: [{ id: 's', voices: [voice] }] } as unknown as Parameters<
  typeof readSpeechBody
>[1]
const SPOKEN = { ...TEXTS, ...shapesOf(['Oui. ', 'a." ', 'mot mot mot, ', '.,;:!?… ', 'x…']) }

export const OF_SPEECH_SERVER: readonly Input[] = [
  {
    row: ROW,
    what: 'the text to be spoken',
    longest: LONGEST_INPUT,
    shapes: SPOKEN,
    read: (input) => [readSpeechBody({ input }, models), sentencesOf(input), clauses(input)],
    isRead: isDefined,
  },
  {
    row: ROW,
    what: 'JSON of any kind in its place',
    longest: 65_536,
    shapes: JSONS,
    read: (text) => attempt(() => readSpeechBody(JSON.parse(text), models)) ?? text.length,
    isRead: (length) => length === 65_536,
  },
  {
    row: ROW,
    what: 'the words that are likely, and a language',
    longest: 1_000,
    read: (text) => {
      const fields = new Map([
        ['prompt', text],
        ['language', text.repeat(8)],
      ])
      const file = { type: 'audio/pcm', bytes: new Uint8Array(16_000) }
      return attempt(() => readTranscriptionForm({ fields, file }, models, 60)) ?? text.length
    },
    isRead: (length) => length === 1_000,
  },
  {
    row: ROW,
    what: 'a file of chunks without octets',
    longest: 5_825_536,
    shapes: { chunks: (length) => wavOfChunks(length).toString('latin1') },
    read: (text) => {
      const file = { type: 'audio/wav', bytes: Buffer.from(text, 'latin1') }
      return attempt(() => readTranscriptionForm({ fields: new Map(), file }, models, 60)) ?? text.length
    },
    isRead: (length) => length === 5_825_536,
  },
]
