import { expect } from 'chai'
import { asking, PlayedCall } from '../../harness/flows.ts'

const date = (more = '') => new PlayedCall(asking(`slot: { type: Date }, confirm: Always${more}`)).hears('demain')
const value = (call: PlayedCall) => call.state.collected['value']

describe('"is that right?"', () => {
  it('is answered by any yes', () => {
    for (const says of ['Oui.', "C'est ça", 'tout à fait', 'oui oui', 'Huit.']) {
      expect(value(date().hears(says)), says).to.equal('2026-11-25')
    }
  })

  it('is answered by the same value again', () => {
    expect(value(date().hears('demain'))).to.equal('2026-11-25')
    expect(value(date().hears('oui, mercredi'))).to.equal('2026-11-25')
  })

  it('with no asks the question again, and costs no reprompt', () => {
    const call = date().hears('Non.')
    expect(call.said).to.equal("D'accord, reprenons. Alors ?")
    expect(call.state).to.include({ waitsFor: 'Answer', failures: 0 })
    expect(value(call.hears('jeudi').hears('oui'))).to.equal('2026-11-26')
  })

  it('with no and another value asks about that one', () => {
    const call = date().hears("non, c'est jeudi")
    expect(call.said).to.equal("Le jeudi 26 novembre, c'est bien ça ?")
    expect(value(call.hears('oui'))).to.equal('2026-11-26')
  })

  it('with another value alone asks about that one', () => {
    expect(date().hears('le 12 mars').state).to.include({ waitsFor: 'Confirmation', pending: '2027-03-12' })
  })

  it('with silence is asked once more; silence is no yes', () => {
    const call = date().silence()
    expect(call.said).to.equal("Le mercredi 25 novembre, c'est bien ça ?")
    expect(call.silence().said).to.match(/^Je n'ai rien entendu/)
    expect(value(call)).to.equal(undefined)
  })

  it('with neither, twice, asks the question again', () => {
    const call = date().hears('patati').hears('patata')
    expect(call.state.waitsFor).to.equal('Confirmation')
    expect(call.hears('patati').said).to.match(/^Je n'ai pas compris/)
  })

  it('can be answered by the keys 1 and 2, and another digit begins a new answer', () => {
    expect(value(date().types('1'))).to.equal('2026-11-25')
    expect(date().types('2').said).to.match(/^D'accord/)
    const call = new PlayedCall(asking('slot: { type: Phone }, confirm: Always')).hears('06 39 98 00 42')
    expect(call.types('0199000010').state).to.include({ waitsFor: 'Confirmation', pending: '+33199000010' })
    expect(call.types('#*').effects).to.deep.equal([])
  })

  it('does not repeat what was typed because keys are Only: nobody shall hear it, no speech provider and no listener', () => {
    const typed = (slot: string, keys: string) =>
      new PlayedCall(asking(`slot: { type: ${slot} }, keys: Only, confirm: Always`)).types(keys).said
    expect(typed('Digits', '4970101234567890#')).to.equal(
      "Vous avez tapé 16 chiffres. Si c'est juste, tapez 1. Sinon, tapez 2.",
    )
    for (const [slot, keys] of [
      ['Phone', '0639980042'],
      ['Date', '12032027'],
      ['Time', '0930'],
      ['Amount', '42*50#'],
    ] as const)
      expect(typed(slot, keys)).to.equal(
        'Votre réponse est bien arrivée. Pour continuer, tapez 1. Pour recommencer, tapez 2.',
      )
    const early = new PlayedCall(asking('slot: { type: Date, earliestDays: 0 }, keys: Only')).types('12032001')
    expect(early.said).to.equal("Cette réponse n'est pas possible. Alors ?")
  })

  it('goes by keys alone where keys are Only', () => {
    const call = new PlayedCall(asking('slot: { type: Digits, maxDigits: 4 }, keys: Only, confirm: Always')).types(
      '4711',
    )
    expect(call.said).to.equal("Vous avez tapé 4 chiffres. Si c'est juste, tapez 1. Sinon, tapez 2.")
    expect(call.waits).to.include({ keys: 'Only' })
    expect(value(call.hears('oui'))).to.equal(undefined)
    expect(value(call.types('1'))).to.equal('4711')
  })

  it('gives a caller who always says no to the way out in the end', () => {
    const call = date()
    for (let turn = 0; turn < 12 && call.state.waitsFor !== 'Nothing'; turn++) call.hears('non').hears('demain')
    expect(call.state.waitsFor).to.equal('Nothing')
  })

  it('grants the wish for a person', () => {
    expect(date().hears('passez-moi quelqu’un').waits).to.include({ type: 'Fallback', cause: 'CallerWish' })
  })
})
