import { expect } from 'chai'
import { asking, inFrance, PlayedCall } from '../../harness/flows.ts'

const fallback = (cause: string) => ({ type: 'Fallback', step: 'question', cause })
const WAYS = "noInput: { say: 'Tant pis.', next: done }, noMatch: { say: 'Dommage.', next: done }"

describe('the answer to a question', () => {
  it('is collected and the dialog goes on', () => {
    const call = new PlayedCall(asking('slot: { type: YesNo }')).hears('ouais')
    expect(call.state.collected).to.deep.equal({ value: 'yes' })
    expect(call.said).to.equal('Compris : oui.')
  })

  it('is free text as it was said', () => {
    expect(new PlayedCall(asking('slot: { type: FreeText }')).hears(' Une fuite. ').state.collected).to.deep.equal({
      value: 'Une fuite.',
    })
  })

  it('that is not usable is asked for once more, with the question, when there is no reprompt', () => {
    const call = new PlayedCall(asking('slot: { type: YesNo }')).hears('patati')
    expect(call.said).to.equal("Je n'ai pas compris. Alors ?")
    expect(call.hears('patata').waits).to.deep.equal(fallback('BotFailure'))
  })

  it('is asked for with each reprompt in turn, and then the way out is gone', () => {
    const call = new PlayedCall(asking(`slot: { type: YesNo }, reprompts: [Un., Deux.], ${WAYS}`))
    expect(call.hears('patati').said).to.equal('Un.')
    expect(call.silence().said).to.equal('Deux.')
    expect(call.hears('patata').said).to.equal('Dommage. Compris : .')
  })

  it('that never comes leads to the emergency number for silence, or the way out of the step', () => {
    const call = new PlayedCall(asking('slot: { type: YesNo }'))
    expect(call.silence().said).to.equal("Je n'ai rien entendu. Alors ?")
    expect(call.silence().waits).to.deep.equal(fallback('Silence'))
    expect(new PlayedCall(asking(`slot: { type: YesNo }, ${WAYS}`)).silence().silence().said).to.match(/^Tant pis/)
  })

  it('of an earlier round does not count after the way out', () => {
    const flow = asking(`slot: { type: YesNo }, ${WAYS}`)
    const call = new PlayedCall(flow)
    call.state = { ...call.state, collected: { value: 'yes', other: '1' } }
    expect(call.silence().silence().state.collected).to.deep.equal({ other: '1' })
  })

  it('outside of the limits is refused in words, and asked for again', () => {
    const call = new PlayedCall(asking('slot: { type: Date, earliestDays: 0 }, reprompts: [Quel jour ?]')).hears('hier')
    expect(call.said).to.equal("Le lundi 23 novembre, ce n'est pas possible. Quel jour ?")
  })

  describe('with confirm', () => {
    const date = (confirm: string) => new PlayedCall(asking(`slot: { type: Date }, confirm: ${confirm}`))

    it('Never is taken as it was understood', () => {
      expect(date('Never').hears('vendredi prochain').waits!.type).to.equal('HangUp')
    })

    it('WhenUnsure is repeated only when it was understood badly', () => {
      expect(date('WhenUnsure').hears('demain').waits!.type).to.equal('HangUp')
      expect(date('WhenUnsure').hears('vendredi prochain').said).to.equal("Le vendredi 27 novembre, c'est bien ça ?")
      expect(date('WhenUnsure').hears('demain', 0.3).state.waitsFor).to.equal('Confirmation')
    })

    it('Always is repeated each time, after keys too', () => {
      expect(date('Always').hears('demain').state).to.include({ waitsFor: 'Confirmation', pending: '2026-11-25' })
      expect(date('Always').types('2511#').state).to.include({ waitsFor: 'Confirmation', pending: '2026-11-25' })
    })
  })
})

describe('an answer by keys', () => {
  const typed = (slot: string, keys: string, more = '') =>
    new PlayedCall(asking(`slot: { ${slot} }${more}`)).types(keys)

  it('ends by itself when no more key can follow', () => {
    expect(typed('type: Digits, minDigits: 4, maxDigits: 4', '4711').state.collected).to.deep.equal({ value: '4711' })
    expect(typed('type: Phone', '0639980042').state.collected).to.deep.equal({ value: '+33639980042' })
    expect(typed('type: YesNo', '1').state.collected).to.deep.equal({ value: 'yes' })
    expect(typed('type: Time', '1430').state.collected).to.deep.equal({ value: '14:30' })
    expect(typed('type: Date', '12032027').state.collected).to.deep.equal({ value: '2027-03-12' })
  })

  it('ends with #, or when no key comes for a while', () => {
    expect(typed('type: Digits', '4711#').state.collected).to.deep.equal({ value: '4711' })
    expect(typed('type: Digits', '4711').state.waitsFor).to.equal('Answer')
    expect(typed('type: Digits', '4711').waits).to.deep.include({ type: 'Listen', noInputSeconds: 4 })
    expect(typed('type: Digits', '4711').silence().state.collected).to.deep.equal({ value: '4711' })
    expect(typed('type: Amount', '125*5#').state.collected).to.deep.equal({ value: '125.50 EUR' })
    expect(typed('type: Phone', '00442079460958#').state.collected).to.deep.equal({ value: '+442079460958' })
  })

  it('starts over with *', () => {
    expect(typed('type: Digits', '99*4711#').state.collected).to.deep.equal({ value: '4711' })
  })

  it('that is not one costs a reprompt', () => {
    expect(typed('type: Digits, minDigits: 6', '47#').said).to.equal("Je n'ai pas compris. Alors ?")
    expect(typed('type: Date', '3202#').said).to.equal("Je n'ai pas compris. Alors ?")
  })

  it('chooses by the key of a choice, # too', () => {
    const slot =
      "type: Choice, choices: [{ value: a, key: '1', phrases: [un] }, { value: b, key: '#', phrases: [deux] }]"
    expect(typed(slot, '1').state.collected).to.deep.equal({ value: 'a' })
    expect(typed(slot, '#').state.collected).to.deep.equal({ value: 'b' })
    expect(typed(slot, '5').said).to.equal("Je n'ai pas compris. Alors ?")
  })

  it('is not spoilt by the # that ends an answer which had ended by itself', () => {
    const call = new PlayedCall(asking('slot: { type: Phone }, confirm: Always')).types('0639980042#')
    expect(call.state).to.include({ waitsFor: 'Confirmation', pending: '+33639980042' })
  })

  it('is dropped where keys are refused or nothing can be typed', () => {
    expect(typed('type: YesNo', '1', ', keys: Refused').effects).to.deep.equal([])
    expect(typed('type: FreeText', '1').effects).to.deep.equal([])
  })

  it('alone is taken where keys are Only: what is said is not even listened to', () => {
    const call = new PlayedCall(asking('slot: { type: Digits, maxDigits: 4 }, keys: Only'))
    expect(call.waits).to.include({ type: 'Listen', keys: 'Only' })
    expect(call.hears('quatre sept un un').said).to.match(/^Tapez votre réponse/)
  })

  it('gives way to words: what was typed so far is forgotten', () => {
    const call = typed('type: Digits', '47').hears('un deux trois')
    expect(call.state.collected).to.deep.equal({ value: '123' })
  })
})

describe('a wish at a question', () => {
  it('for a person is granted by the emergency number', () => {
    for (const says of ["Je veux parler à quelqu'un", 'un conseiller', 'je ne veux pas parler à un robot']) {
      expect(new PlayedCall(asking('slot: { type: Date }')).hears(says).waits, says).to.deep.equal(
        fallback('CallerWish'),
      )
    }
  })

  it('for a person is nothing usable where the bot does not grant it', () => {
    const call = new PlayedCall(asking('slot: { type: Date }'), { ...inFrance, fallback: { causes: ['BotFailure'] } })
    expect(call.hears("Je veux parler à quelqu'un").said).to.match(/^Je n'ai pas compris/)
  })

  it('is an answer where it is one of the choices', () => {
    const choices = "[{ value: qui, phrases: [parler à quelqu'un] }, { value: quoi, phrases: [autre chose] }]"
    const call = new PlayedCall(asking(`slot: { type: Choice, choices: ${choices} }`)).hears(
      "Je veux parler à quelqu'un",
    )
    expect(call.state.collected).to.deep.equal({ value: 'qui' })
  })

  it('to hear the question again, or to wait, costs no reprompt, three times', () => {
    const call = new PlayedCall(asking('slot: { type: Date }'))
    expect(call.hears('Pardon ?').said).to.equal('Alors ?')
    expect(call.hears("Un instant s'il vous plaît").said).to.equal('Prenez votre temps.')
    expect(call.waits).to.include({ type: 'Listen', noInputSeconds: 18 })
    expect(call.hears('vous pouvez répéter').state.failures).to.equal(0)
    expect(call.hears('répétez').state.failures).to.equal(1)
  })

  it('is part of a longer story in free text', () => {
    const says = 'une seconde'
    expect(new PlayedCall(asking('slot: { type: FreeText }')).hears(says).state.collected).to.deep.equal({
      value: says,
    })
  })
})
