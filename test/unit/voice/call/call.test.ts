import { expect } from 'chai'
import fc from 'fast-check'
import { type Call, createCall } from '../../../../src/voice/call/call.ts'
import type { CallEffect, CallInput, CallState } from '../../../../src/voice/call/types.ts'
import type { DialogEvent, DialogState, Effect, Listen, Move } from '../../../../src/voice/dialog/types.ts'

const turnTaking = { endOfTurnMilliseconds: 700, silenceSeconds: 10, stuckSeconds: 4, longestCallSeconds: 60 }
const NEW: DialogState = {
  step: 'ask',
  waitsFor: 'Answer',
  collected: {},
  failures: 0,
  typed: '',
  unclear: 0,
  repeats: 0,
  talk: [],
}
const listen: Listen = {
  type: 'Listen',
  step: 'ask',
  slot: 'FreeText',
  keys: 'Allowed',
  noInputSeconds: 3,
  maxSeconds: 5,
  hints: ['Lilas'],
}
const say = (text: string, bargeIn: 'Allowed' | 'Refused' = 'Allowed'): Effect => ({
  type: 'Say',
  text,
  bargeIn,
  step: 'ask',
})
const fallback = (cause: 'BotFailure' | 'Silence'): Effect => ({ type: 'Fallback', step: 'ask', cause })

/** A call whose dialog answers as it is told, with the world played by hand. */
class Stage {
  readonly events: DialogEvent[] = []
  readonly effects: CallEffect[] = []
  private readonly call: Call
  private readonly replies: Partial<Record<DialogEvent['type'], Effect[]>>
  state: CallState

  constructor(first: Effect[], replies: Partial<Record<DialogEvent['type'], Effect[]>> = {}) {
    this.replies = {
      Trouble: [say('Un instant.'), fallback('BotFailure')],
      ...replies,
    }
    const advance = (state: DialogState, event: DialogEvent): Move => {
      this.events.push(event)
      return [state, this.replies[event.type] ?? []]
    }
    this.call = createCall({ dialog: { start: () => [NEW, first], advance }, turnTaking, hasToneKeys: true })
    this.state = this.call.fresh
  }

  do(input: CallInput): CallEffect[] {
    const [state, effects] = this.call.step(this.state, input, 0)
    this.state = state
    this.effects.push(...effects)
    return [...effects]
  }

  /** Ticks of silence; each sentence is rendered at once, as 100 ms, unless told. */
  pass(seconds: number, o: { renders?: boolean } = {}): this {
    for (let tick = 0; tick < seconds * 50; tick++) {
      if (o.renders !== false) this.render()
      this.do({ type: 'Tick', samples: undefined })
    }
    return this
  }

  render(samples: Int16Array | undefined = new Int16Array(800).fill(900)): void {
    for (; this.state.rendering !== undefined && !this.state.isOver;)
      this.do({ type: 'Rendered', id: this.state.rendering, samples })
  }

  /** The caller speaks for a second and a half, and is silent until the turn is over. */
  speak(): this {
    for (let tick = 0; tick < 75; tick++) {
      this.do({ type: 'Tick', samples: LOUD })
      this.do({ type: 'Judged', probability: 0.9 })
    }
    return this
  }

  turn(): number {
    this.speak()
    for (let tick = 0; tick < 40; tick++) this.do({ type: 'Tick', samples: undefined })
    return this.state.transcribing ?? -1
  }

  of<T extends CallEffect['type']>(type: T) {
    return this.effects.filter((effect): effect is Extract<CallEffect, { type: T }> => effect.type === type)
  }
}

const LOUD = new Int16Array(160).map((_, at) => (at % 2 === 0 ? 4_000 : -4_000))
const answered = (first: Effect[], replies: Partial<Record<DialogEvent['type'], Effect[]>> = {}) => {
  const stage = new Stage(first, replies)
  stage.do({ type: 'Answered' })
  return stage
}

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
    const before = stage.of('Transcribe')[0]!.samples.length
    stage.speak()
    expect(stage.of('CallOff')).to.deep.equal([{ type: 'CallOff', id: first }])
    stage.do({ type: 'Transcribed', id: first, text: 'half' })
    expect(stage.events).to.deep.equal([])
    for (let tick = 0; tick < 40; tick++) stage.do({ type: 'Tick', samples: undefined })
    expect(stage.of('Transcribe')[1]!.samples.length).to.be.above(before + 70 * 160)
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
    expect(stage.of('Transcribe')[0]!.samples.length).to.be.within(4.5 * 8_000, 6 * 8_000)
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

  it('tells what it hears and says, but not the keys of a secret', () => {
    const stage = answered([say('Votre code ?'), { ...listen, keys: 'Only' }])
    stage.pass(1)
    stage.do({ type: 'Key', key: '4' })
    expect(stage.of('Tell').map(({ turn }) => turn)).to.deep.equal([
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

  it('is not interrupted by a voice while a notice must be heard', () => {
    const stage = answered([say('Mention légale.', 'Refused'), listen])
    stage.do({ type: 'Rendered', id: stage.state.rendering!, samples: new Int16Array(5 * 8_000).fill(500) })
    stage.turn()
    expect(stage.of('Transcribe')).to.have.length(0)
    expect(stage.of('Send').every(({ samples }) => samples !== undefined)).to.equal(true)
  })

  it('asks the caller to wait when the client\u2019s system takes more than a second, once', () => {
    const operation = {
      type: 'CallOperation',
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
    stage.do({ type: 'OperationEnded', id: stage.of('CallOperation')[0]!.id, outcome: 'Done', output: {} })
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

  it('keeps its laws whatever happens: one Send a tick, nothing after the end, and an end when it is stuck', () => {
    const input: fc.Arbitrary<CallInput> = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom<CallInput>({ type: 'Tick', samples: undefined }, { type: 'Tick', samples: LOUD }),
      },
      fc.constantFrom(...'0123456789*#').map((key): CallInput => ({ type: 'Key', key })),
      fc.double({ min: 0, max: 1, noNaN: true }).map((probability): CallInput => ({ type: 'Judged', probability })),
      fc
        .tuple(fc.nat(20), fc.option(fc.nat(3_000)))
        .map(([id, length]): CallInput => ({
          type: 'Rendered',
          id,
          samples: length === null ? undefined : new Int16Array(length),
        })),
      fc
        .tuple(fc.nat(20), fc.constantFrom('', 'oui', undefined))
        .map(([id, text]): CallInput => ({ type: 'Transcribed', id, text })),
      fc.constantFrom<CallInput>(
        { type: 'TransferFailed' },
        { type: 'Trouble', cause: 'BotFailure', reason: 'draining' },
      ),
    )
    const reply = fc.constantFrom<Effect[]>(
      [],
      [listen],
      [say('Oui. Non.'), listen],
      [say('Fin.'), { type: 'HangUp', step: 'end' }],
      [{ type: 'CallOperation', step: 'x', integration: 'a', operation: 'b', input: {} }],
      [{ type: 'Transfer', step: 'x', integration: 'a', to: '1', method: 'Bridge', handOver: {}, ringSeconds: 5 }],
    )
    fc.assert(
      fc.property(fc.array(input, { maxLength: 400 }), reply, reply, (inputs, heard, silent) => {
        const stage = answered([say('Bonjour. Oui ?'), listen], { Heard: heard, Key: heard, NoInput: silent })
        let isOver = false
        for (const one of inputs) {
          const effects = stage.do(one)
          const sends = effects.filter(({ type }) => type === 'Send')
          expect(sends).to.have.length(one.type === 'Tick' && !isOver ? 1 : 0)
          if (isOver) expect(effects).to.deep.equal([])
          isOver ||= stage.state.isOver
          expect(stage.of('End').length).to.equal(isOver ? 1 : 0)
        }
      }),
      { numRuns: 150 },
    )
  })
})
