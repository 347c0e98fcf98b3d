import { expect } from 'chai'
import { advanceConversation, prepareFlow, startConversation } from '../../../../src/conversation/engine.ts'
import { createCall } from '../../../../src/voice/call/state-machine.ts'
import type { CallEffect, CallInput } from '../../../../src/voice/call/types.ts'
import { aFlow, inFrance } from '../../../harness/flows.ts'
import { NOW } from '../../../harness/hearing.ts'

const CARD = '4970101234567890'
const script = prepareFlow(
  aFlow(`steps:
  - { name: card, ask: { text: 'Votre carte ?', field: card, slot: { type: Digits, minDigits: 16, maxDigits: 16 }, keys: Only, sensitivity: Secret, confirm: Always }, next: end }
  - { name: end, hangUp: { say: 'Merci {card}.' } }`),
  inFrance,
)

describe('a secret answer in a call', () => {
  it('is a dot for each key to who listens, and in no sentence that a speech server is to render', () => {
    const call = createCall({
      flow: {
        start: (at, collect) => startConversation(script, at, collect),
        advance: (state, event, at) => advanceConversation(script, state, event, at),
      },
      turnTaking: { endOfTurnMilliseconds: 700, silenceSeconds: 10, stuckSeconds: 4, longestCallSeconds: 60 },
      collect: ['card'],
      hasToneKeys: false,
    })
    let state = call.initialState
    const effects: CallEffect[] = []
    const handle = (input: CallInput) => {
      const [next, more] = call.step(state, input, NOW)
      state = next
      effects.push(...more)
    }
    handle({ type: 'Answered' })
    for (const key of `${CARD}1`) handle({ type: 'Key', key })
    const told = JSON.stringify(effects)
    expect(told).not.to.include(CARD)
    expect(told.match(/"key":"•"/g)).to.have.length(17)
    expect(told).to.include('Vous avez tapé 16 chiffres.').and.to.include('Merci')
  })
})
