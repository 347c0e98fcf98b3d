/** Two people who call the sample bot, config/samples/30-callbot.yaml. */
import type { Answer, PersonReply } from './person.ts'
import { humanVoice, type Piece } from './voices.ts'

export const SAMPLE_NUMBER = '+33199000001'
/** A file of the practice, as its patients know it. */
const FILE_NUMBER = '471100'
/** One of the numbers that the French regulator keeps for fiction. */
const PHONE = [0, 4, 6, 5, 7, 1, 2, 8, 3, 9]
const PHONE_IN_WORDS = 'zéro quatre, soixante-cinq, soixante et onze, vingt-huit, trente-neuf'
/** "...exactement", "Non-identifié..." */
const YES: Piece = { name: 'at-tone-time-exactly', from: 1.75, to: 2.77 }
const NO: Piece = { name: 'unidentified-no-callback', from: 0, to: 0.4 }

/** The questions of the sample bot. What is confirmed comes first: the confirmation repeats words of the question. */
const asks = {
  confirmation: /c'est bien ça/,
  confirmationByKeys: /tapez 1\. Sinon, tapez 2/,
  motive: /prendre un rendez-vous, en annuler un|Dites rendez-vous, annuler/,
  day: /[Pp]our quel jour|mardi prochain/,
  moment: /le matin ou l'après-midi/,
  known: /déjà venu/,
  file: /six chiffres/,
  phone: /quel numéro|deux par deux/,
}

/** Yes to what was meant, no to all else. */
function confirms(meant: readonly RegExp[], yes: PersonReply, no: PersonReply): Answer[] {
  const right = [...meant, new RegExp(PHONE_IN_WORDS)].map(({ source }) => source).join('|')
  const asked = (question: RegExp) => new RegExp(`(${right}).*${question.source}`)
  return [
    { asked: asked(asks.confirmationByKeys), ways: [keys('1')] },
    { asked: asks.confirmationByKeys, ways: [keys('2')] },
    { asked: asked(asks.confirmation), ways: [yes, yes, keys('1')] },
    { asked: asks.confirmation, ways: [no, no, keys('2')] },
  ]
}

const keys = (text: string): PersonReply => ({ keys: text })

/** A woman from Québec, in recordings: she asks for a Tuesday. Words that she never recorded she presses. */
export async function humanCaller(): Promise<Answer[]> {
  const voice = await humanVoice()
  const says = (words: string, ...pieces: Piece[]): PersonReply => ({ words, sound: voice(...pieces) })
  const yes = says('exactement', YES)
  return [
    ...confirms([/mardi/], yes, says('non', NO)),
    { asked: asks.motive, ways: [keys('1')] },
    { asked: asks.day, ways: [says('mardi', 'digits/day-2'), says('mardi', 'digits/day-2')] },
    { asked: asks.moment, ways: [keys('1')] },
    { asked: asks.known, ways: [yes, keys('1')] },
    { asked: asks.file, ways: [keys(FILE_NUMBER)] },
    {
      asked: asks.phone,
      ways: [says(PHONE.join(' '), ...PHONE.map((digit) => `digits/${digit}`)), keys(`${PHONE.join('')}#`)],
    },
  ]
}

/** What the synthesised caller says; `speak` renders it. */
export async function synthesisedCaller(speak: (text: string) => Promise<Int16Array>): Promise<Answer[]> {
  const says = async (words: string): Promise<PersonReply> => ({ words, sound: await speak(words) })
  const yes = await says('Oui, tout à fait.')
  return [
    ...confirms([/vendredi/, /rendez-vous/, /après-midi/], yes, await says('Non.')),
    { asked: asks.motive, ways: [await says('Je voudrais prendre un rendez-vous.'), keys('1')] },
    { asked: asks.day, ways: [await says('Vendredi prochain, si possible.'), await says('Vendredi.')] },
    { asked: asks.moment, ways: [await says("Plutôt l'après-midi."), keys('2')] },
    { asked: asks.known, ways: [await says('Oui, une fois.'), yes, keys('1')] },
    { asked: asks.file, ways: [keys(FILE_NUMBER)] },
    {
      asked: asks.phone,
      ways: [await says(`${PHONE_IN_WORDS}.`), keys(`${PHONE.join('')}#`)],
    },
  ]
}
