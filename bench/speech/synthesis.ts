import type { Engines } from './engines.ts'
import { spread, type Spread } from './recognition.ts'
import { processorTime, wordErrors, wordsOf } from './words.ts'

export interface Speaking {
  sentences: number
  /** Of audio. */
  seconds: number
  /** Time to speak for each second of audio. */
  rtf: Spread
  /** From the request until the sentence is there as a whole: so long a caller waits for a text that isn't kept. */
  firstMilliseconds: Spread
  /** Processor time for each second of audio, seconds. */
  processorTime: number
  words: number
  /** Of our own recogniser on that voice. */
  errors: number
}

/** What bots say. Digits are spelled out, so that what is heard can be compared. */
const TEXTS: Record<string, readonly string[]> = {
  fr: [
    'Bonjour, vous êtes bien à la mairie.',
    'Que puis-je faire pour vous aujourd’hui ?',
    'Quel jour souhaitez-vous venir ?',
    'Je vous propose mardi prochain dans la matinée.',
    'Cela vous convient-il ?',
    'Quel est votre numéro de téléphone ?',
    'Je n’ai pas compris votre réponse, pouvez-vous la répéter ?',
    'Votre rendez-vous est confirmé, vous recevrez un message.',
    'Je vous mets en relation avec une personne de notre équipe.',
    'Merci de votre appel, bonne journée et au revoir.',
  ],
  en: [
    'Good morning, this is the town hall.',
    'What can I do for you today?',
    'Which day would you like to come?',
    'I can offer you next Tuesday in the morning.',
    'Would that be all right for you?',
    'What is your telephone number?',
    'I did not understand your answer, could you say it again?',
    'Your appointment is confirmed, you will receive a message.',
    'I am putting you through to a person of our team.',
    'Thank you for calling, have a nice day and goodbye.',
  ],
}

export async function measureSynthesis(engines: Engines, language: string): Promise<Speaking> {
  const speaker = engines.models.speakers.find(({ voices }) => voices.some((voice) => voice.language === language))!
  const voice = speaker.voices.find((each) => each.language === language)!
  const took: { seconds: number; milliseconds: number; processor: number }[] = []
  let [words, errors] = [0, 0]
  for (const text of TEXTS[language]!) {
    const job = { model: speaker.id, voice: voice.id, text, speed: 1, sampleRate: 8_000 }
    const spent = processorTime()
    const { samples, milliseconds } = await engines.synthesise(job)
    took.push({ seconds: samples.length / 8_000, milliseconds, processor: spent() })
    const { heard } = await engines.recognise({ samples, sampleRate: 8_000, language })
    words += wordsOf(text).length
    errors += wordErrors(wordsOf(text), wordsOf(heard.text))
  }
  const sum = (of: 'seconds' | 'processor') => took.reduce((total, each) => total + each[of], 0)
  return {
    sentences: took.length,
    seconds: sum('seconds'),
    processorTime: sum('processor') / sum('seconds'),
    rtf: spread(took.map(({ seconds, milliseconds }) => milliseconds / 1_000 / seconds)),
    firstMilliseconds: spread(took.map(({ milliseconds }) => milliseconds)),
    words,
    errors,
  }
}
