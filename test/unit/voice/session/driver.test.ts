import { expect } from 'chai'
import { silent } from '../../../../src/runtime/log.ts'
import type { CallEffect, CallInput, CallState, End } from '../../../../src/voice/call/types.ts'
import { Driver, type CallEnvironment, type TransferredCall } from '../../../../src/voice/session/driver.ts'
import { answered } from '../../../harness/call-stage.ts'
import { FakeClock, settle } from '../../../harness/fake-clock.ts'

const state = answered([]).state

/** A driver whose call answers each input with what the table says. */
function drive(
  table: Partial<Record<CallInput['type'], CallEffect[] | (() => never)>>,
  change: Partial<CallEnvironment> = {},
) {
  const seen: CallInput[] = []
  const ends: (End | TransferredCall)[] = []
  const sent: unknown[] = []
  const clock = new FakeClock()
  const step = (before: CallState, input: CallInput): readonly [CallState, readonly CallEffect[]] => {
    seen.push(input)
    const effects = table[input.type]
    return [before, typeof effects === 'function' ? effects() : (effects ?? [])]
  }
  const hands: CallEnvironment = {
    call: { initialState: state, step },
    model: {
      newMemory: () => ({ state: new Float32Array(), context: new Float32Array() }),
      judge() {},
      counts: { runs: 0, windows: 0, failures: 0 },
    },
    client: { transcribe: () => Promise.resolve('oui') },
    prompts: { get: () => undefined, render: () => Promise.resolve(new Int16Array(160)) },
    transfer: () => Promise.resolve(undefined),
    askModel: () => Promise.reject(new Error('no model')),
    requestOperation: () => Promise.reject(new Error('no web service')),
    clock,
    log: silent,
    delay: () => {},
    send: (samples) => void sent.push(samples),
    reportTurn() {},
    answeredTurn: (seconds) => void sent.push(seconds),
    end: (end) => void ends.push(end),
    ...change,
  }
  return { driver: new Driver(hands), seen, ends, sent, clock }
}

const transcribe: CallEffect = { type: 'Transcribe', id: 1, from: 0, to: 1, hints: [] }
const tick = { type: 'Tick', samples: undefined } as const

describe('the driver of a call', () => {
  it('has what was said transcribed from the frames that the call names, silence where a key was heard', () => {
    const heard: number[] = []
    const told = (samples: Int16Array) => (heard.push(...[0, 160, 320].map((at) => samples[at]!)), Promise.resolve(''))
    const { driver } = drive(
      { Key: [{ type: 'Erase' }], Answered: [{ ...transcribe, from: 1, to: 4 }] },
      { client: { transcribe: told } },
    )
    const frame = new Int16Array(160)
    for (const loudness of [1, 2, 3]) driver.handle({ type: 'Tick', samples: frame.fill(loudness) })
    driver.handle({ type: 'Key', key: '1' })
    driver.handle({ type: 'Tick', samples: frame.fill(4) })
    driver.handle({ type: 'Answered' })
    expect(heard).to.deep.equal([2, 0, 4])
  })

  it('ends the call that a bug has hit, once, and throws nothing at others', () => {
    const { driver, ends, seen } = drive({
      Tick: () => {
        throw new Error('a bug')
      },
    })
    driver.handle(tick)
    driver.handle(tick)
    expect(ends).to.deep.equal([{ type: 'Fallback', cause: 'BotFailure', reason: 'bug' }])
    expect(seen).to.have.length(1)
  })

  it('lets an effect that answers at once come after the step that asked for it', () => {
    const samples = new Int16Array(160)
    const render: CallEffect = { type: 'Render', id: 7, text: 'Bonjour.' }
    const { driver, seen } = drive(
      { Answered: [render, { type: 'Send', samples: undefined }] },
      { prompts: { get: () => samples, render: () => Promise.reject(new Error('not asked')) } },
    )
    driver.handle({ type: 'Answered' })
    expect(seen).to.deep.equal([{ type: 'Answered' }, { type: 'Rendered', id: 7, samples }])
  })

  it('tells the first part of a sentence when it is there, and nothing of a sentence that was called off', async () => {
    const samples = new Int16Array(160)
    const render: CallEffect = { type: 'Render', id: 7, text: 'Bonjour.' }
    const parts: ((samples: Int16Array) => void)[] = []
    const inParts = {
      get: () => undefined,
      render: (_: string, __: AbortSignal, begun: (samples: Int16Array) => void) => {
        parts.push(begun)
        return new Promise<Int16Array>(() => undefined)
      },
    }
    const { driver, seen } = drive({ Answered: [render], Tick: [{ type: 'Cancel', id: 7 }] }, { prompts: inParts })
    driver.handle({ type: 'Answered' })
    parts[0]!(samples)
    expect(seen[1]).to.deep.equal({ type: 'Rendered', id: 7, samples, isPart: true })
    driver.handle(tick)
    parts[0]!(samples)
    await settle()
    expect(seen).to.have.length(3)
  })

  it('tells a fault of a server as an answer that is not there', async () => {
    const { driver, seen } = drive(
      { Answered: [transcribe] },
      { client: { transcribe: () => Promise.reject(new Error('x')) } },
    )
    driver.handle({ type: 'Answered' })
    await settle()
    expect(seen[1]).to.deep.equal({ type: 'Transcribed', id: 1, text: undefined })
  })

  it('tells how an operation ended, and one that could not be asked for as failed', async () => {
    const wait = {
      type: 'RequestOperation',
      step: 'book',
      integration: 'cabinet',
      operation: 'book',
      input: {},
    } as const
    const effect: CallEffect = { type: 'RequestOperation', id: 3, wait }
    const booked = { outcome: 'Booked', output: { time: '14:30' } }
    const one = drive({ Answered: [effect] }, { requestOperation: () => Promise.resolve(booked) })
    const other = drive({ Answered: [effect] }, { requestOperation: () => Promise.reject(new Error('a bug')) })
    for (const { driver } of [one, other]) driver.handle({ type: 'Answered' })
    await settle()
    expect(one.seen[1]).to.deep.equal({ type: 'OperationEnded', id: 3, ...booked })
    expect(other.seen[1]).to.deep.equal({ type: 'OperationEnded', id: 3, outcome: 'Failed', output: {} })
  })

  it('calls off what is not needed any more, and tells nothing of it', async () => {
    let signal: AbortSignal | undefined
    const answer = Promise.withResolvers<string>()
    const client = {
      transcribe: (_: unknown, __: unknown, given: AbortSignal) => {
        signal = given
        return answer.promise
      },
    }
    const { driver, seen } = drive({ Answered: [transcribe], Tick: [{ type: 'Cancel', id: 1 }] }, { client })
    driver.handle({ type: 'Answered' })
    driver.handle(tick)
    expect(signal!.aborted).to.equal(true)
    answer.resolve('too late')
    await settle()
    expect(seen.map(({ type }) => type)).to.deep.equal(['Answered', 'Tick'])
  })

  it('leaves nothing running when it is stopped', () => {
    let signal: AbortSignal | undefined
    const client = {
      transcribe: (_: unknown, __: unknown, given: AbortSignal) => {
        signal = given
        return new Promise<string>(() => {})
      },
    }
    const { driver, seen } = drive({ Answered: [transcribe] }, { client })
    driver.handle({ type: 'Answered' })
    driver.stop()
    driver.handle(tick)
    expect(signal!.aborted).to.equal(true)
    expect(seen).to.have.length(1)
  })

  it('measures a turn from its end to the first sound, and what the servers took of it', async () => {
    const answer = Promise.withResolvers<string>()
    const { driver, sent, clock } = drive(
      { Answered: [transcribe], Tick: [{ type: 'Send', samples: new Int16Array(160) }] },
      { client: { transcribe: () => answer.promise } },
    )
    driver.handle({ type: 'Answered' })
    await clock.pass(400)
    answer.resolve('oui')
    await settle()
    await clock.pass(15)
    driver.handle(tick)
    expect(sent[1]).to.deep.equal({ whole: 0.415, platform: 0.015 })
  })
})
