import { expect } from 'chai'
import { aFlow, inFrance, PlayedCall } from '../../harness/flows.ts'

const flow = (more = '') =>
  aFlow(`steps:
  - name: talk
    llm:
      instructions: Be brief.
      collects: [{ field: jour, meaning: the day, type: Date }, { field: motif, meaning: why }, { field: tel, meaning: number, type: Phone }]
      exits: [{ name: done, when: all is known, next: bye }]
      maxTurns: 2
      ${more}
  - { name: bye, hangUp: { say: 'Le {jour}.' } }
  - { name: limit, hangUp: { say: Limite. } }`)

const talking = (more?: string) => new PlayedCall(flow(more))

describe('a step that a language model leads', () => {
  it('begins with the model, which receives the instructions and nothing of the caller', () => {
    expect(talking().waits).to.deep.include({ type: 'AskModel', instructions: 'Be brief.', turns: [] })
  })

  it('gives each turn of the caller to the model, with the talk so far', () => {
    const call = talking().happen({ type: 'ModelAnswered', say: 'Quel jour ?' })
    expect(call.said).to.equal('Quel jour ?')
    expect(call.waits).to.deep.include({ type: 'Listen', slot: 'FreeText', keys: 'Refused' })
    expect(call.hears('demain').waits).to.deep.include({
      turns: [
        { role: 'Bot', text: 'Quel jour ?' },
        { role: 'Caller', text: 'demain' },
      ],
    })
  })

  it('ends by the exit that the model picks, with what it collected in written form', () => {
    const collected = { jour: 'demain', motif: 'une fuite', tel: '0639980042', autre: 'x' }
    const call = talking().happen({ type: 'ModelAnswered', exit: 'done', collected })
    expect(call.state.collected).to.deep.equal({ jour: '2026-11-25', motif: 'une fuite', tel: '+33639980042' })
    expect(call.said).to.equal('Le mercredi 25 novembre.')
  })

  it('takes no value that is none, and no exit that the step does not have', () => {
    const call = talking().happen({
      type: 'ModelAnswered',
      say: 'Bien.',
      exit: 'other',
      collected: { jour: 'bientôt' },
    })
    expect(call.state).to.deep.include({ collected: {}, waitsFor: 'ModelTurn' })
  })

  it('collects of a choice only what is declared, of a date only a day that there is, and nothing without end', () => {
    const steps = `steps:
  - name: talk
    llm:
      instructions: Be brief.
      collects:
        - { field: moment, meaning: when, type: Choice, choices: [matin, soir] }
        - { field: jour, meaning: the day, type: Date }
        - { field: motif, meaning: why }
      exits: [{ name: done, when: all is known, next: bye }]
  - { name: bye, hangUp: { say: 'Merci.' } }`
    const collected = (given: Record<string, string>) =>
      new PlayedCall(aFlow(steps)).happen({ type: 'ModelAnswered', exit: 'done', collected: given }).state.collected
    expect(collected({ moment: 'Matin' })).to.deep.equal({ moment: 'matin' })
    expect(collected({ moment: 'minuit; DROP TABLE' })).to.deep.equal({})
    expect(collected({ jour: '2026-02-31', motif: 'x'.repeat(501) })).to.deep.equal({})
    expect(collected({ motif: 'une <break time="9s"/> fuite\r\nX-Evil: 1' })).to.deep.equal({
      motif: 'une break time="9s"/ fuite X-Evil: 1',
    })
  })

  it('says what a model says as plain words and not for ever: no markup, no lines, no signs that nobody hears', () => {
    const say = (text: string) => talking().happen({ type: 'ModelAnswered', say: text }).said
    expect(say('<speak>Bien\u200b sûr.</speak>\n<mark name="x"/>')).to.equal('speak Bien sûr. /speak mark name="x"/')
    expect(say('bla '.repeat(10_000)).length).to.be.at.most(1_500)
  })

  it('goes where the flow says after maxTurns, or when the model fails; else to the emergency number', () => {
    const twoTurns = (more?: string) => {
      const call = talking(more)
      for (const text of ['un', 'deux']) call.happen({ type: 'ModelAnswered', say: 'Et ?' }).hears(text)
      return call.happen({ type: 'ModelAnswered', say: 'Encore ?' })
    }
    expect(twoTurns('atLimit: limit').said).to.equal('Encore ? Limite.')
    expect(twoTurns().waits).to.include({ type: 'Fallback', cause: 'BotFailure' })
    expect(talking('atLimit: limit').happen({ type: 'ModelFailed' }).said).to.equal('Limite.')
    expect(talking().happen({ type: 'ModelFailed' }).waits).to.include({ type: 'Fallback', cause: 'BotFailure' })
  })

  it('grants the wish for a person without the model', () => {
    const call = talking().happen({ type: 'ModelAnswered', say: 'Oui ?' }).hears('je veux un conseiller')
    expect(call.waits).to.include({ type: 'Fallback', cause: 'CallerWish' })
  })

  it('ends with the emergency number for a caller who stays silent', () => {
    const call = talking().happen({ type: 'ModelAnswered', say: 'Oui ?' }).silence().silence()
    expect(call.waits).to.include({ type: 'Listen' })
    expect(call.silence().waits).to.include({ type: 'Fallback', cause: 'Silence' })
  })

  it('hears nothing while the model thinks', () => {
    expect(new PlayedCall(flow(), inFrance).hears('allô').effects).to.deep.equal([])
  })
})
