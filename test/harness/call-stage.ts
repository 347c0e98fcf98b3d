import { type Call, createCall } from '../../src/voice/call/state-machine.ts'
import type { CallEffect, CallInput, CallState } from '../../src/voice/call/types.ts'
import type {
  ConversationEvent,
  ConversationState,
  Effect,
  Listen,
  ConversationTransition,
} from '../../src/conversation/types.ts'

const turnTaking = { endOfTurnMilliseconds: 700, silenceSeconds: 10, stuckSeconds: 4, longestCallSeconds: 60 }
export const asking: ConversationState = {
  step: 'ask',
  waitsFor: 'Answer',
  collected: {},
  secrets: {},
  collect: [],
  failures: 0,
  typed: '',
  unclear: 0,
  repeats: 0,
  turns: [],
}
export const listen: Listen = {
  type: 'Listen',
  step: 'ask',
  slot: 'FreeText',
  keys: 'Allowed',
  noInputSeconds: 3,
  maxSeconds: 5,
  hints: ['Lilas'],
}
export const say = (text: string, bargeIn: 'Allowed' | 'Refused' = 'Allowed'): Effect => ({
  type: 'Say',
  text,
  bargeIn,
  step: 'ask',
})
export const fallback = (cause: 'BotFailure' | 'Silence'): Effect => ({ type: 'Fallback', step: 'ask', cause })

/** A call whose flow answers as scripted; the test plays everything around it. */
export class Stage {
  readonly events: ConversationEvent[] = []
  readonly effects: CallEffect[] = []
  private readonly call: Call
  private readonly replies: Partial<Record<ConversationEvent['type'], Effect[]>>
  state: CallState

  constructor(first: Effect[], replies: Partial<Record<ConversationEvent['type'], Effect[]>> = {}) {
    this.replies = {
      Trouble: [say('Un instant.'), fallback('BotFailure')],
      ...replies,
    }
    const advance = (state: ConversationState, event: ConversationEvent): ConversationTransition => {
      this.events.push(event)
      return [state, this.replies[event.type] ?? []]
    }
    this.call = createCall({
      flow: { start: () => [asking, first], advance },
      turnTaking,
      collect: [],
      hasToneKeys: true,
    })
    this.state = this.call.initialState
  }

  do(input: CallInput): CallEffect[] {
    const [state, effects] = this.call.step(this.state, input, 0)
    this.state = state
    this.effects.push(...effects)
    return [...effects]
  }

  /** Ticks of silence; each sentence is rendered at once, as 100 ms, by default. */
  pass(seconds: number, o: { renders?: boolean } = {}): this {
    for (let tick = 0; tick < seconds * 50; tick++) {
      if (o.renders !== false) this.render()
      this.tick(undefined)
    }
    return this
  }

  /** 20 ms of the caller, with a model that takes what is loud for a voice. */
  tick(samples: Int16Array | undefined): void {
    this.do({ type: 'DelayExpired' })
    for (const { type } of this.do({ type: 'Tick', samples }))
      if (type === 'Judge') this.do({ type: 'Judged', probability: samples === undefined ? 0.1 : 0.9 })
  }

  render(samples: Int16Array | undefined = new Int16Array(800).fill(900)): void {
    for (; this.state.rendering !== undefined && !this.state.isOver;)
      this.do({ type: 'Rendered', id: this.state.rendering, samples })
  }

  /** The caller speaks for a second and a half, and is silent until the turn is over. */
  speak(): this {
    for (let tick = 0; tick < 75; tick++) this.tick(LOUD)
    return this
  }

  turn(): number {
    this.speak()
    for (let tick = 0; tick < 40; tick++) this.tick(undefined)
    return this.state.transcribing ?? -1
  }

  of<T extends CallEffect['type']>(type: T) {
    return this.effects.filter((effect): effect is Extract<CallEffect, { type: T }> => effect.type === type)
  }
}

export const LOUD = new Int16Array(160).map((_, at) => (at % 2 === 0 ? 4_000 : -4_000))
export const answered = (first: Effect[], replies: Partial<Record<ConversationEvent['type'], Effect[]>> = {}) => {
  const stage = new Stage(first, replies)
  stage.do({ type: 'Answered' })
  return stage
}
