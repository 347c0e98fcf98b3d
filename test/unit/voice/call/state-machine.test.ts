import { expect } from 'chai'
import type { Effect } from '../../../../src/conversation/types.ts'
import { answered, fallback, listen, say, type Stage } from '../../../harness/call-stage.ts'

/** Samples of what is to be transcribed. */
const lengthOf = ({ from, to }: { from: number; to: number }) => (to - from) * 160

describe('a call as a value', () => {
  it('asks for one sentence at a time, and plays the first before the second is there', () => {
    const stage = answered([say('Bonjour, ici le cabinet. Que voulez-vous ?'), listen])
    expect(stage.of('Render').map(({ text }) => text)).to.deep.equal(['Bonjour, ici le cabinet.'])
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: new Int16Array(1_600).fill(500) })
    expect(stage.of('Render').map(({ text }) => text)).to.deep.equal(['Bonjour, ici le cabinet.', 'Que voulez-vous ?'])
    const [sent] = stage.do({ type: 'Tick', samples: undefined })
    expect(sent).to.have.property('samples').with.length(160)
  })

  it('sends exactly once a tick, come what may', () => {
    const stage = answered([say('Bonjour.'), listen], { Heard: [say('Merci.'), listen], NoInput: [listen] })
    stage.pass(3)
    stage.do({ type: 'Transcribed', id: stage.turn(), text: 'oui' })
    stage.pass(3)
    expect(stage.of('Send')).to.have.length(150 + 75 + 40 + 150)
  })

  it('hears the caller out, then asks for the words, with the words that are likely', () => {
    const stage = answered([listen])
    const id = stage.turn()
    expect(stage.of('Transcribe')).to.have.length(1)
    expect(stage.of('Transcribe')[0]).to.deep.include({ id, hints: ['Lilas'] })
    stage.do({ type: 'Transcribed', id, text: ' oui ' })
    expect(stage.events).to.deep.equal([{ type: 'Heard', text: 'oui' }])
  })

  it('calls a transcription off when the caller goes on, and then takes both parts as one turn', () => {
    const stage = answered([listen])
    const first = stage.turn()
    const before = lengthOf(stage.of('Transcribe')[0]!)
    stage.speak()
    expect(stage.of('Cancel')).to.deep.equal([{ type: 'Cancel', id: first }])
    stage.do({ type: 'Transcribed', id: first, text: 'half' })
    expect(stage.events).to.deep.equal([])
    for (let tick = 0; tick < 40; tick++) stage.do({ type: 'Tick', samples: undefined })
    expect(lengthOf(stage.of('Transcribe')[1]!)).to.be.above(before + 70 * 160)
  })

  it('reports silence by the question, and by the watchdog over all questions', () => {
    const stage = answered([listen], { NoInput: [listen], Trouble: [fallback('Silence')] })
    stage.pass(9.9)
    expect(stage.events.map(({ type }) => type)).to.deep.equal(['NoInput', 'NoInput', 'NoInput'])
    stage.pass(1)
    expect(stage.events.at(-1)).to.deep.equal({ type: 'Trouble', cause: 'Silence' })
    expect(stage.of('End').map(({ end }) => end)).to.deep.equal([
      { type: 'Fallback', cause: 'Silence', reason: 'silence' },
    ])
  })

  it('counts a silence from the end of what the bot says', () => {
    const stage = answered([say('Bonjour.'), listen], { NoInput: [listen] })
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: new Int16Array(5 * 8_000).fill(500) })
    stage.pass(7.9)
    expect(stage.events).to.have.length(0)
    stage.pass(0.2)
    expect(stage.events).to.have.length(1)
  })

  it('stops what the bot says when the caller has to go to the emergency number', () => {
    const stage = answered([say('Bonjour.'), listen])
    stage.render(new Int16Array(5 * 8_000).fill(500))
    stage.pass(1)
    stage.do({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' })
    stage.render()
    stage.pass(0.1)
    expect([...stage.of('Send').at(-1)!.samples!])
      .to.include(900)
      .and.not.include(500)
  })

  it('calls off the sound that is being made when the bot stops speaking, and makes no other in its place', () => {
    const stage = answered([say('Bonjour. Que voulez-vous ?'), listen])
    const id = stage.state.rendering!
    stage.do({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' })
    expect(stage.of('Cancel')).to.deep.equal([{ type: 'Cancel', id }])
  })

  it('calls a transcription off when the caller has to go to the emergency number: nobody waits for its words any more', () => {
    const stage = answered([listen])
    const id = stage.turn()
    stage.do({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' })
    expect(stage.of('Cancel')).to.deep.equal([{ type: 'Cancel', id }])
  })

  it('is stuck when an answer is owed for too long, and a second time ends without a word', () => {
    const stage = answered([say('Bonjour.'), listen])
    stage.pass(3.9, { renders: false })
    expect(stage.events).to.have.length(0)
    stage.pass(0.2, { renders: false })
    expect(stage.events).to.deep.equal([{ type: 'Trouble', cause: 'BotFailure' }])
    stage.pass(4, { renders: false })
    expect(stage.of('End').map(({ end }) => end)).to.deep.equal([
      { type: 'Fallback', cause: 'BotFailure', reason: 'stuck' },
    ])
    expect(stage.do({ type: 'Tick', samples: undefined })).to.deep.equal([])
  })

  it('is not stuck while the caller speaks or thinks', () => {
    const stage = answered([listen], { NoInput: [listen] })
    stage.speak().speak().speak()
    expect(stage.events).to.deep.equal([])
  })

  it('cuts an answer off that is longer than the question takes', () => {
    const stage = answered([listen])
    stage.speak().speak().speak().speak()
    expect(stage.of('Transcribe')).to.have.length(1)
    expect(lengthOf(stage.of('Transcribe')[0]!)).to.be.within(4.5 * 8_000, 6 * 8_000)
  })

  it('neither speaks nor waits nor despairs while it is on hold, and goes on where it was', () => {
    const stage = answered([say('Bonjour.'), listen], { NoInput: [listen] })
    stage.pass(0.04)
    for (let tick = 0; tick < 50 * 50; tick++) stage.do({ type: 'Held' })
    expect(stage.events).to.deep.equal([])
    expect(
      stage
        .of('Send')
        .slice(2)
        .some(({ samples }) => samples !== undefined),
    ).to.equal(false)
    expect(stage.do({ type: 'Tick', samples: undefined })[0])
      .to.have.property('samples')
      .with.length(160)
  })

  it('does not outlast the longest call on hold either', () => {
    const stage = answered([listen], { Trouble: [] })
    for (let tick = 0; tick < 60 * 50; tick++) stage.do({ type: 'Held' })
    expect(stage.events).to.deep.equal([{ type: 'Trouble', cause: 'BotFailure' }])
  })

  it('ends with the longest call', () => {
    const stage = answered([listen], { NoInput: [listen], Trouble: [fallback('BotFailure')] })
    for (let second = 0; second < 60; second++) {
      stage.pass(1)
      stage.do({ type: 'Key', key: '1' })
    }
    stage.pass(1)
    expect(stage.of('End').map(({ end }) => end)).to.deep.equal([
      { type: 'Fallback', cause: 'BotFailure', reason: 'too-long' },
    ])
  })

  it('asks again when no recogniser could tell, and calls a person the second time in a row', () => {
    const stage = answered([listen], { Heard: [listen], Trouble: [fallback('BotFailure')] })
    const deaf = () => stage.do({ type: 'Transcribed', id: stage.turn(), text: undefined })
    deaf()
    expect(stage.events).to.deep.equal([{ type: 'Heard', text: '' }])
    stage.do({ type: 'Transcribed', id: stage.turn(), text: 'oui' })
    deaf()
    expect(stage.events.map(({ type }) => type)).to.deep.equal(['Heard', 'Heard', 'Heard'])
    deaf()
    expect(stage.events.at(-1)).to.deep.equal({ type: 'Trouble', cause: 'BotFailure' })
    stage.pass(1)
    expect(stage.of('End').map(({ end }) => end)).to.deep.equal([
      { type: 'Fallback', cause: 'BotFailure', reason: 'asr' },
    ])
  })

  it('reports the words that it heard, and no turn without words', () => {
    const stage = answered([listen], { Heard: [listen] })
    for (const text of [' oui ', ' ']) stage.do({ type: 'Transcribed', id: stage.turn(), text })
    const heard = stage.of('ReportTurn').flatMap(({ turn }) => ('heard' in turn ? [turn.heard] : []))
    expect(heard).to.deep.equal(['oui'])
  })

  it('tells what it hears and says, but not the keys of a secret', () => {
    const stage = answered([say('Votre code ?'), { ...listen, keys: 'Only' }])
    stage.pass(1)
    stage.do({ type: 'Key', key: '4' })
    expect(stage.of('ReportTurn').map(({ turn }) => turn)).to.deep.equal([
      { step: 'ask' },
      { said: 'Votre code ?' },
      { key: '•' },
    ])
    expect(stage.events).to.deep.equal([{ type: 'Key', key: '4' }])
  })

  it('sends no voice to a recogniser when only keys are asked for', () => {
    const stage = answered([{ ...listen, keys: 'Only' }])
    stage.turn()
    expect(stage.of('Transcribe')).to.have.length(0)
  })

  it('keeps keys that are typed ahead of a question whose notice must be heard', () => {
    const stage = answered([say('Mention légale.', 'Refused'), listen])
    stage.do({ type: 'Key', key: '7' })
    expect(stage.events).to.have.length(0)
    stage.pass(1)
    expect(stage.events).to.deep.equal([{ type: 'Key', key: '7' }])
  })

  it('keeps them also while it asks the client\u2019s system between the notice and the question', () => {
    const operation = { type: 'RequestOperation', step: 'ask', integration: 'a', operation: 'b', input: {} } as const
    const stage = answered([say('Mention légale.', 'Refused'), operation], { OperationEnded: [listen] })
    stage.do({ type: 'Key', key: '7' })
    stage.pass(1.5)
    expect(stage.events).to.deep.equal([])
    stage.do({ type: 'OperationEnded', id: stage.of('RequestOperation')[0]!.id, outcome: 'Done', output: {} })
    stage.pass(0.1)
    expect(stage.events.map(({ type }) => type)).to.deep.equal(['OperationEnded', 'Key'])
  })

  it('is not interrupted by a voice while a notice must be heard', () => {
    const stage = answered([say('Mention légale.', 'Refused'), listen])
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: new Int16Array(5 * 8_000).fill(500) })
    stage.turn()
    expect(stage.of('Transcribe')).to.have.length(0)
    expect(stage.of('Send').every(({ samples }) => samples !== undefined)).to.equal(true)
  })

  it('asks the caller to wait when the client\u2019s system takes more than a second, once', () => {
    const operation = {
      type: 'RequestOperation',
      step: 'ask',
      integration: 'a',
      operation: 'b',
      input: {},
      holdText: 'Un instant.',
    } as const
    const stage = answered([operation], { OperationEnded: [say('Merci.'), { type: 'HangUp', step: 'end' }] })
    stage.pass(0.9)
    expect(stage.of('Render')).to.have.length(0)
    stage.pass(2)
    expect(stage.of('Render').map(({ text }) => text)).to.deep.equal(['Un instant.'])
    stage.do({ type: 'OperationEnded', id: stage.of('RequestOperation')[0]!.id, outcome: 'Done', output: {} })
    stage.pass(2)
    expect(stage.of('End').map(({ end }) => end)).to.deep.equal([{ type: 'HungUp' }])
  })

  it('hangs up only when all is said and has had time to arrive', () => {
    const stage = answered([say('Au revoir.'), { type: 'HangUp', step: 'end' }])
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: new Int16Array(8_000).fill(500) })
    stage.pass(1.25)
    expect(stage.of('End')).to.have.length(0)
    stage.pass(0.1)
    expect(stage.of('End')).to.have.length(1)
  })

  describe('that puts the caller through', () => {
    const transfer: Effect = {
      ...{ type: 'Transfer', step: 'ask', integration: 'desk', to: '4001', method: 'Bridge' },
      ...{ handOver: {}, ringSeconds: 20 },
    }
    const isLoud = (stage: Stage, from: number) =>
      stage
        .of('Send')
        .slice(from)
        .map(({ samples }) => samples?.some((each) => each !== 0) === true)

    it('calls the person when all is said, once, and lets the caller hear it ring', () => {
      const stage = answered([say('Je vous passe le bureau.'), transfer])
      stage.pass(5)
      expect(stage.of('Transfer').map(({ wait }) => wait.to)).to.deep.equal(['4001'])
      const heard = isLoud(stage, 20)
      expect(heard.filter(Boolean).length).to.be.within(74, 76)
      expect(stage.state.isOver).to.equal(false)
    })

    it('does not despair while it rings: no watchdog barks', () => {
      const stage = answered([transfer]).pass(30)
      expect(stage.events).to.deep.equal([])
    })

    it('goes on as the dialog says when nobody comes, silent again; what comes of an earlier call counts no more', () => {
      const stage = answered([transfer], { TransferFailed: [say('Personne.'), listen] }).pass(1)
      const { id } = stage.of('Transfer')[0]!
      stage.do({ type: 'TransferFailed', id: id + 7 })
      expect(stage.events).to.deep.equal([])
      stage.do({ type: 'TransferFailed', id })
      stage.do({ type: 'TransferFailed', id })
      expect(stage.events).to.deep.equal([{ type: 'TransferFailed' }])
      const from = stage.of('Send').length
      stage.pass(1)
      expect(isLoud(stage, from).slice(10).some(Boolean)).to.equal(false)
    })

    it('calls off the person when the pod has to leave, and takes the caller to the emergency number', () => {
      const stage = answered([transfer]).pass(1)
      const { id } = stage.of('Transfer')[0]!
      stage.do({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' })
      expect(stage.of('Cancel').map((effect) => effect.id)).to.include(id)
      stage.pass(1)
      expect(stage.of('End').at(-1)!.end).to.deep.equal({ type: 'Fallback', cause: 'BotFailure', reason: 'draining' })
    })

    it('does not wait for a caller on hold to hear the last words: a person may wait instead', () => {
      const stage = answered([listen]).pass(1)
      stage.do({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' })
      stage.do({ type: 'Held' })
      expect(stage.of('End').at(-1)!.end).to.include({ type: 'Fallback', reason: 'draining' })
    })
  })

  it('has an apology and the emergency number for a sentence that nobody can render', () => {
    const stage = answered([say('Bonjour.'), listen])
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: undefined })
    expect(stage.events).to.deep.equal([{ type: 'Trouble', cause: 'BotFailure' }])
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: undefined })
    stage.pass(1)
    expect(stage.of('End').map(({ end }) => end)).to.deep.equal([
      { type: 'Fallback', cause: 'BotFailure', reason: 'tts' },
    ])
  })
})
