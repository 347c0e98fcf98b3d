import type { Conversation } from '../rules/flow/flow.ts'
import type { TestFault } from '../rules/flow/test-results.ts'
import { advanceConversation, startConversation } from './engine.ts'
import { pretend } from './test-stubs.ts'
import type { Script } from './prepared-flow.ts'
import type { ConversationEvent, ConversationState, Effect, ConversationTransition } from './types.ts'

/** A turn of a test: what the caller did, what the bot answered, and where it stood then. */
export interface PlayedTurn {
  /** Undefined for what the bot says when it answers the call. */
  readonly caller: string | undefined
  readonly said: readonly string[]
  readonly step: string
}

export interface Played {
  readonly turns: readonly PlayedTurn[]
  readonly faults: readonly TestFault[]
}

/** A dialog that never ends with the answers of a test ends there. */
const MOST_ANSWERS = 20

/** Plays a test without a rest. */
export function runConversation(script: Script, test: Conversation, now: number): Played {
  const playing = playConversation(script, test, now)
  let turn = playing.next()
  while (turn.done !== true) turn = playing.next()
  return turn.value
}

/**
 * Plays a test from the first word to the last, and yields before each turn: who has calls to carry sees to them in between.
 * Operations and models answer as the test says and are never really called.
 */
export function* playConversation(script: Script, test: Conversation, now: number): Generator<void, Played> {
  const answers = pretend(test)
  const advance = ({ state, said, last }: Position, event: ConversationEvent): Position => {
    const [next, effects] = settle(script, answers, advanceConversation(script, state, event, now), now)
    return { state: next, said: [...said, ...saidIn(effects)], last: effects.at(-1) ?? last }
  }
  let place = begin(settle(script, answers, startConversation(script, now, []), now))
  const turns: PlayedTurn[] = [{ caller: undefined, said: place.said, step: place.state.step }]
  const faults: TestFault[] = []
  for (const [index, turn] of test.turns.entries()) {
    yield
    if (endOf(place) !== undefined) {
      faults.push(endedBefore(index, place.state.step))
      break
    }
    place = eventsOf(turn).reduce(advance, { ...place, said: [] })
    // The caller has typed all; a number that could be longer is taken after a pause.
    if (turn.keys !== undefined && place.state.typed !== '') place = advance(place, { type: 'NoInput' })
    turns.push({ caller: turn.says ?? turn.keys ?? '', said: place.said, step: place.state.step })
    faults.push(...judgeTurn(turn, index, place))
  }
  return { turns, faults: [...faults, ...judgeEnd(test, place)] }
}

type Turn = Conversation['turns'][number]

/** Where the conversation stands: what was said in this turn, and what the dialog waits for or how it ended. */
interface Position {
  readonly state: ConversationState
  readonly said: readonly string[]
  readonly last: Effect | undefined
}

const begin = ([state, effects]: ConversationTransition): Position => ({
  state,
  said: saidIn(effects),
  last: effects.at(-1),
})

function eventsOf({ says, keys }: Turn): ConversationEvent[] {
  if (says !== undefined) return [{ type: 'Heard', text: says }]
  return keys === undefined ? [{ type: 'NoInput' }] : [...keys].map((key) => ({ type: 'Key', key }))
}

/** Lets all but the caller answer, until the dialog waits for the caller or is over. */
function settle(
  script: Script,
  answers: ReturnType<typeof pretend>,
  move: ConversationTransition,
  now: number,
): ConversationTransition {
  let [state, effects] = move
  for (let count = 0; count < MOST_ANSWERS; count++) {
    const event = answers(effects.at(-1))
    if (event === undefined) break
    const [next, more] = advanceConversation(script, state, event, now)
    ;[state, effects] = [next, [...effects, ...more]]
  }
  return [state, effects]
}

const saidIn = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'Say' ? [effect.text] : []))

function judgeTurn({ expect, expectStep }: Turn, turn: number, { said, state }: Position): TestFault[] {
  const all = said.join(' ')
  const missing = expect.filter((text) => !all.toLowerCase().includes(text.toLowerCase()))
  const faults = missing.map((text) => ({
    ...{ turn, field: `turns[${turn}].expect`, expected: `the bot says "${text}"`, found: `"${all}"` },
    brief: `the bot does not say "${text}"`,
  }))
  return expectStep === undefined || expectStep === state.step
    ? faults
    : [...faults, otherStep(turn, expectStep, state.step)]
}

const otherStep = (turn: number, expected: string, found: string): TestFault => ({
  ...{ turn, field: `turns[${turn}].expectStep`, expected: `step ${expected}`, found: `step ${found}` },
  brief: `the bot is in step ${found} instead of ${expected}`,
})

const endedBefore = (turn: number, step: string): TestFault => ({
  ...{ turn, field: `turns[${turn}]`, expected: 'a call that goes on', found: `the call ended in step ${step}` },
  brief: `the call ended before, in step ${step}`,
})

const ENDS = { HangUp: 'HungUp', Transfer: 'Transferred', Fallback: 'Fallback' } as const

/** How the call ended; undefined: it goes on. In a test a transfer is answered. */
function endOf({ last }: Position): Conversation['ends'] | undefined {
  return last !== undefined && last.type in ENDS ? ENDS[last.type as keyof typeof ENDS] : undefined
}

function judgeEnd({ ends, collected }: Conversation, place: Position): TestFault[] {
  const { state } = place
  const found = endOf(place) ?? `goes on in step ${state.step}`
  const otherEnd: TestFault = {
    ...{ turn: undefined, field: 'ends', expected: `the call ends ${ends}`, found },
    brief: `the call does not end ${ends} but ${found}`,
  }
  const known = { ...state.collected, ...state.secrets }
  const values = collected.flatMap(({ field, value }, index) =>
    known[field] === value
      ? []
      : [
          {
            ...{ turn: undefined, field: `collected[${index}]`, expected: `${field} is ${value}` },
            found: known[field] ?? 'nothing',
            brief: known[field] === undefined ? `${field} is not collected` : `${field} has another value`,
          },
        ],
  )
  return found === ends ? values : [otherEnd, ...values]
}
