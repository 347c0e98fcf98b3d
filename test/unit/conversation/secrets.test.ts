import { expect } from 'chai'
import fc from 'fast-check'
import { aFlow, PlayedCall } from '../../harness/flows.ts'

const CARD = '4970101234567890'
const flow = aFlow(`steps:
  - { name: card, ask: { text: 'Your card?', field: card, slot: { type: Digits, minDigits: 16, maxDigits: 16 }, keys: Only, sensitivity: Secret, confirm: Always }, next: say }
  - { name: say, say: { text: 'Card {card}.' }, next: pay }
  - { name: pay, request: { integration: shop, operation: pay, input: [{ name: card, value: '{card}' }], holdText: 'Paying {card}.', outcomes: [{ outcome: Failed, next: out }] }, next: pick }
  - { name: pick, choose: { branches: [{ field: card, operator: Exists, next: out }], otherwise: end } }
  - { name: out, transfer: { integration: shop, to: '4001', say: 'Passing {card}.', handOver: [card, receipt] } }
  - { name: end, hangUp: { say: 'Goodbye.' } }`)

/** All but what an operation is sent. */
const overheard = (call: PlayedCall) =>
  JSON.stringify(call.effects.map((effect) => (effect.type === 'RequestOperation' ? { ...effect, input: {} } : effect)))

describe('a secret answer', () => {
  it('reaches the operation that it is for, and is neither spoken nor handed over, even by a flow that nobody has checked', () => {
    const call = new PlayedCall(flow)
    const heard: string[] = []
    for (const key of `${CARD}1`) heard.push(overheard(call.types(key)))
    expect(call.waits).to.deep.include({ type: 'RequestOperation', input: { card: CARD }, holdText: 'Paying .' })
    const outcome = {
      type: 'OperationEnded',
      outcome: 'Paid',
      output: { receipt: 'A1', card: 'from the service' },
    } as const
    heard.push(overheard(call.happen(outcome)))
    expect(call.waits).to.deep.include({ type: 'Transfer', handOver: { receipt: 'A1' } })
    expect(heard.join()).not.to.include(CARD)
  })

  it('is confirmed by the number of its digits', () => {
    expect(new PlayedCall(flow).types(CARD).said).to.equal(
      "Vous avez tapé 16 chiffres. Si c'est juste, tapez 1. Sinon, tapez 2.",
    )
  })

  it('does not reach the operation when the policy does not list it', () => {
    const call = new PlayedCall(flow, { language: 'fr-FR', fallback: { causes: [] }, collect: [] })
    expect(call.types(`${CARD}1`).waits).to.deep.include({ type: 'RequestOperation', input: {} })
  })

  it('is in nothing that the bot says, whatever digits it has', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{16}$/), (digits) => {
        const call = new PlayedCall(flow)
        for (const key of `${digits}1`) expect(overheard(call.types(key))).not.to.include(digits)
        expect(call.state.collected).to.deep.equal({})
      }),
    )
  })
})

describe('a policy that changes while a call goes on', () => {
  const handing = aFlow(`steps:
  - { name: a, ask: { text: '?', field: why, slot: { type: FreeText } }, next: b }
  - { name: b, ask: { text: '?', field: who, slot: { type: FreeText } }, next: c }
  - { name: c, transfer: { integration: shop, to: '4001', handOver: [why, who] } }`)
  const played = (...policies: string[][]) => {
    const call = new PlayedCall(handing, { language: 'fr-FR', fallback: { causes: [] }, collect: ['why'] }).hears('one')
    for (const collect of policies) {
      const { step } = call.state
      expect(call.happen({ type: 'PolicyChanged', collect }).effects).to.deep.equal([])
      expect(call.state.step).to.equal(step)
    }
    return call.hears('two').waits
  }

  it('takes away at once what it does not list, also of what was said before', () => {
    expect(played([])).to.deep.include({ handOver: {} })
  })

  it('gives nothing more to this call: what was said under one policy does not leave under another', () => {
    expect(played(['why', 'who'])).to.deep.include({ handOver: { why: 'one' } })
    expect(played([], ['why', 'who'])).to.deep.include({ handOver: {} })
  })
})
