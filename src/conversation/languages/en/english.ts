import { readEnglishDate } from './dates.ts'
import { readEnglishTime } from './times.ts'
import type { Language } from '../language.ts'
import { readEnglishNumber } from './numbers.ts'
import { englishPhrases } from './phrases.ts'
import { soundOfEnglish } from './pronunciation.ts'

const words = (text: string): string[] => text.split('|').map((each) => each.trim())

const sounds = (text: string): string[] => words(text).map((run) => soundOfEnglish(run.split(' ')))

export const english: Language = {
  readNumber: readEnglishNumber,
  readDate: readEnglishDate,
  readTime: readEnglishTime,
  yesNo: {
    yes: words(
      'yes | yeah | yep | yup | yea | aye | sure | of course | certainly | correct | that s correct | right | that s right | exactly | absolutely | ' +
        'indeed | definitely | ok | okay | please do | yes please | i do | i am | i have | i did | i would | that s it | that is it | affirmative | fine | ' +
        'that s fine | perfect | sounds good | no problem | no worries | go ahead | true | i think so | why not | by all means | not a problem',
    ),
    no: words(
      'no | nope | nah | not at all | never | not really | not yet | wrong | that s wrong | incorrect | not correct | not right | that s not right | ' +
        'that s not it | no thanks | no thank you | i don t | i do not | i m not | i am not | i haven t | i have not | i didn t | i did not | ' +
        'negative | false | don t | i don t think so | certainly not | of course not | absolutely not | definitely not | not now | first time',
    ),
    neither: words(
      'not sure | i m not sure | i am not sure | i don t know | i do not know | i don t understand | i do not understand | no idea | not bad',
    ),
    soundsLikeYes: words('yet | yas | ye | yeh | yest'),
    soundsLikeNo: words('know | now | nor | know no'),
    beginsLikeYes: /^(yes|yeah)[a-z]{1,5}$/,
    beginsLikeNo: /^nope?[a-z]{0,2}$/,
    yesSounds: sounds('yes that s right | that s correct | absolutely | of course'),
    noSounds: sounds('no not at all | not at all | no thank you | that s wrong'),
  },
  fillers: new Set(words('um | uh | er | erm | then | and | dash | hyphen | space | it | s | is')),
  not: new Set(['not']),
  and: new Set(['and']),
  plus: new Set(['+', 'plus']),
  times: { double: 2, triple: 3 },
  timesWord: 'times',
  soundsLikeNumber: {
    to: '2',
    too: '2',
    for: '4',
    fore: '4',
    ate: '8',
    won: '1',
    tree: '3',
    free: '3',
    sex: '6',
    sicks: '6',
    nein: '9',
    fife: '5',
    hate: '8',
  },
  currencies: {
    pound: 'GBP',
    pounds: 'GBP',
    quid: 'GBP',
    '£': 'GBP',
    gbp: 'GBP',
    euro: 'EUR',
    euros: 'EUR',
    '€': 'EUR',
    eur: 'EUR',
    dollar: 'USD',
    dollars: 'USD',
    bucks: 'USD',
    $: 'USD',
    usd: 'USD',
    franc: 'CHF',
    francs: 'CHF',
  },
  cents: new Set(['pence', 'penny', 'p', 'cent', 'cents']),
  decimalPoints: new Set(['.', 'point']),
  dateWords: words(
    'tomorrow | today | day after tomorrow | monday | tuesday | wednesday | thursday | friday | saturday | sunday | january | february | ' +
      'april | august | september | october | november | december',
  ).map((run) => ({ run, sound: soundOfEnglish(run.split(' ')) })),
  small: new Set(
    words(
      'the | a | an | of | to | in | on | at | for | i | m | d | ll | s | would | like | want | wanna | please | my | your | me | is | it | that | this | ' +
        'and | or | with | um | uh | er | hello | hi | well | so | just | thanks | thank | you | can | could | be | have',
    ),
  ),
  soundOf: soundOfEnglish,
  intents: {
    person: words(
      'speak to someone | talk to someone | speak with someone | talk with someone | speak to somebody | talk to somebody | speak to a person | ' +
        'talk to a person | speak to a human | talk to a human | speak to an agent | talk to an agent | speak to an operator | an operator | ' +
        'real person | human being | a human | speak to a representative | talk to a representative | customer service | the reception | ' +
        'speak to reception | put me through to someone | speak to a real | talk to a real | not a robot | not a machine',
    ),
    repeat: words(
      'repeat | say that again | say again | pardon | sorry what | what | come again | once more | i didn t hear | i did not hear | ' +
        'i didn t catch | i didn t understand | i did not understand | i don t understand | excuse me',
    ),
    wait: words(
      'wait | hold on | hang on | one moment | just a moment | a moment | one second | just a second | a minute | let me see | let me look',
    ),
  },
  phrases: englishPhrases,
}
