import { SLOT_TYPES } from '../../../src/api/slots.ts'
import { callerIntentIn } from '../../../src/conversation/caller-intents.ts'
import { languageOf } from '../../../src/conversation/languages/languages.ts'
import { plainWords } from '../../../src/conversation/spoken-values.ts'
import { parseAnswer } from '../../../src/conversation/slots/parse-answer.ts'
import { wordsOf } from '../../../src/speech/recognition/hallucination-filter.ts'
import { sentencesOf } from '../../../src/voice/call/sentence-splitter.ts'
import { conversationAnswerOf } from '../../../src/voice/llm/chat-completions.ts'
import { LONGEST_TEXT, transcriptionOf } from '../../../src/voice/speech/openai-requests.ts'
import { fitting, JSONS, shapesOf, TEXTS } from './hostile-text.ts'
import { attempt, type Input, isDefined } from './input.ts'

/* What recognisers and language models answer. */

const answered = (body: string) => ({ status: 200, body: Buffer.from(body) })
const language = languageOf('fr-FR')
const SPEECH = {
  ...TEXTS,
  ...shapesOf(['[Musique] ', 'sous-titres ', 'amara.org', 'un ', 'mille ', '+33 ', '```json', ' ```']),
}

const words: readonly Input[] = [
  {
    row: 'Text of a caller from the recogniser',
    what: 'its words in an answer',
    longest: LONGEST_TEXT,
    shapes: SPEECH,
    read: (text) => transcriptionOf(answered(`{"text":${JSON.stringify(fitting(text, LONGEST_TEXT - 9))}}`)),
    isRead: (said) => typeof said === 'string' && said.length > 60_000,
  },
  {
    row: 'Text of a caller from the recogniser',
    what: 'an answer that is JSON of any kind',
    longest: LONGEST_TEXT,
    shapes: JSONS,
    read: (text) => attempt(() => transcriptionOf(answered(text))) ?? text.length,
    isRead: (length) => length === LONGEST_TEXT,
  },
  {
    row: 'Text of a caller from the recogniser',
    what: 'what Whisper wrote, in the speech server',
    longest: LONGEST_TEXT,
    shapes: SPEECH,
    read: wordsOf,
    isRead: (said) => String(said).length > 60_000,
  },
  ...SLOT_TYPES.map((type): Input => {
    const slot = { type, ...(type === 'Choice' ? { choices: [{ value: 'rouge', phrases: ['le rouge'] }] } : {}) }
    return {
      row: 'Text of a caller from the recogniser',
      what: `an answer of the type ${type}`,
      longest: LONGEST_TEXT,
      shapes: SPEECH,
      read: (text) => [
        parseAnswer(slot, text, { language, country: 'FR', today: 20_000 }),
        callerIntentIn(text, language),
      ],
      isRead: isDefined,
    }
  }),
]

const chat = (content: string) => answered(JSON.stringify({ choices: [{ message: { content } }] }))
const models: readonly Input[] = [
  {
    row: 'Answer of a language model',
    what: 'its words',
    longest: LONGEST_TEXT,
    shapes: SPEECH,
    read: (text) => conversationAnswerOf(chat(JSON.stringify({ say: fitting(text, 1_900) }))),
    isRead: isDefined,
  },
  {
    row: 'Answer of a language model',
    what: 'a value that it collected',
    longest: LONGEST_TEXT,
    shapes: SPEECH,
    read: (text) => conversationAnswerOf(chat(JSON.stringify({ collected: { a: fitting(text, 28_000) } }))),
    isRead: isDefined,
  },
  {
    row: 'Answer of a language model',
    what: 'content around which or in which there is no JSON',
    longest: LONGEST_TEXT,
    shapes: SPEECH,
    read: (text) => {
      const body = chat(fitting(text, LONGEST_TEXT - 40))
      return attempt(() => conversationAnswerOf(body)) ?? body.body.length
    },
    isRead: (length) => Number(length) > 60_000 && Number(length) <= LONGEST_TEXT,
  },
  {
    row: 'Answer of a language model',
    what: 'an answer, and content, that is JSON of any kind',
    longest: LONGEST_TEXT,
    shapes: JSONS,
    read: (text) => [
      attempt(() => conversationAnswerOf(answered(text))),
      attempt(() => conversationAnswerOf(chat(fitting(text, LONGEST_TEXT - 40)))),
    ],
    isRead: isDefined,
  },
  {
    row: 'Answer of a language model',
    what: 'words that are said, in sentences',
    longest: 5_000,
    shapes: SPEECH,
    read: (text) => sentencesOf(plainWords(text)),
    isRead: (sentences) => (sentences as unknown[]).length > 100,
  },
]

export const OF_PROVIDERS: readonly Input[] = [...words, ...models]
