import { expect } from 'chai'
import { SLOT_TYPES } from '../../../src/api/slots.ts'
import { languageOf } from '../../../src/conversation/languages/languages.ts'
import { parseAnswer } from '../../../src/conversation/slots/parse-answer.ts'
import { callerIntentIn } from '../../../src/conversation/caller-intents.ts'
import { costOf } from '../../harness/event-loop.ts'

/** What a recogniser may write without end: each is read by some grammar as a beginning of something. */
const PATTERNS = [
  'un ',
  'mille ',
  'quatre-vingt ',
  '12 ',
  '1',
  '1:',
  'a ',
  'oui ',
  'lundi ',
  "l'apres-midi ",
  'deux fois ',
  'é',
  '+33 ',
]
const LENGTH = 60_000
const choices = Array.from({ length: 20 }, (_, option) => ({
  value: `v${option}`,
  phrases: Array.from({ length: 20 }, (_, at) => `phrase${option}p${at} `.repeat(12).slice(0, 100)),
}))

describe('an answer without end, to the largest slot', function () {
  this.timeout(60_000)
  for (const tag of ['fr-FR', 'en-GB']) {
    for (const type of SLOT_TYPES) {
      it(`takes less than 50 ms to be understood as ${type} in ${tag}`, () => {
        const language = languageOf(tag)
        const slot = { type, ...(type === 'Choice' ? { choices } : {}) }
        for (const pattern of PATTERNS) {
          const text = pattern.repeat(LENGTH / pattern.length)
          const hear = () => [
            parseAnswer(slot, text, { language, country: 'FR', today: 20_000 }),
            callerIntentIn(text, language),
          ]
          expect(costOf(hear, 3), pattern).to.be.below(50)
        }
      })
    }
  }

  it('is still understood by how it begins', () => {
    const hearing = { language: languageOf('fr-FR'), country: 'FR', today: 20_000 }
    expect(parseAnswer({ type: 'YesNo' }, `oui ${'patati '.repeat(10_000)}`, hearing)).to.deep.equal({
      certainty: 'Sure',
      value: 'yes',
    })
  })
})
