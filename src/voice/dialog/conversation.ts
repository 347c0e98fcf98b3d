import type { Conversation } from '../../rules/dialog/flow.ts'
import { advanceDialog, startDialog } from './engine.ts'
import type { Script } from './script.ts'
import type { DialogEvent, DialogState, Effect, Move } from './types.ts'

/** A turn of a test: what the caller did, what the bot answered, and where it stood then. */
export interface PlayedTurn {
  /** Undefined for what the bot says when it answers the call. */
  readonly caller: string | undefined
  readonly said: readonly string[]
  readonly step: string
}

/** What differs from what a test expects. */
export interface Fault {
  /** Index in `turns`; undefined for what holds at the end. */
  readonly turn: number | undefined
  readonly expected: string
  readonly found: string
}

export interface Played {
  readonly turns: readonly PlayedTurn[]
  readonly faults: readonly Fault[]
}

/** An operation that goes round for ever with the answers of a test ends it. */
const MOST_OPERATIONS = 20

/** Plays a test from the first word to the last. Operations answer as `given` says and are never really called. */
export function runConversation(script: Script, test: Conversation, now: number): Played {
  let [state, effects] = settle(script, test, startDialog(script, now), now)
  const turns: PlayedTurn[] = [{ caller: undefined, said: saidIn(effects), step: state.step }]
  const faults: Fault[] = []
  for (const [index, turn] of test.turns.entries()) {
    if (state.waitsFor === 'Nothing') {
      faults.push({ turn: index, expected: 'a call that goes on', found: `the call ended in step ${state.step}` })
      break
    }
    let said: readonly string[] = []
    for (const event of eventsOf(turn)) {
      ;[state, effects] = settle(script, test, advanceDialog(script, state, event, now), now)
      said = [...said, ...saidIn(effects)]
    }
    if (turn.keys !== undefined && state.typed !== '') {
      ;[state, effects] = settle(script, test, advanceDialog(script, state, { type: 'NoInput' }, now), now)
      said = [...said, ...saidIn(effects)]
    }
    turns.push({ caller: turn.says ?? turn.keys ?? '', said, step: state.step })
    faults.push(...judgeTurn(turn, index, said.join(' '), state.step))
  }
  return { turns, faults: [...faults, ...judgeEnd(test, state, effects)] }
}

type Turn = Conversation['turns'][number]

function eventsOf({ says, keys }: Turn): DialogEvent[] {
  if (says !== undefined) return [{ type: 'Heard', text: says }]
  return keys === undefined ? [{ type: 'NoInput' }] : [...keys].map((key) => ({ type: 'Key', key }))
}

/** Lets the operations and language models of a test answer, until the dialog waits for the caller or is over. */
function settle(script: Script, test: Conversation, move: Move, now: number): Move {
  let [state, effects] = move
  for (let count = 0; count < MOST_OPERATIONS; count++) {
    const event = answerTo(test, effects.at(-1))
    if (event === undefined) break
    const [next, more] = advanceDialog(script, state, event, now)
    ;[state, effects] = [next, [...effects, ...more]]
  }
  return [state, effects]
}

function answerTo({ given }: Conversation, effect: Effect | undefined): DialogEvent | undefined {
  if (effect?.type === 'AskModel') return { type: 'ModelFailed' }
  if (effect?.type !== 'CallOperation') return undefined
  const answer = given.find(({ operation }) => operation === `${effect.integration}/${effect.operation}`)
  if (answer === undefined) return { type: 'OperationEnded', outcome: 'Failed', output: {} }
  const output = Object.fromEntries(answer.output.map(({ name, value }) => [name, value]))
  return { type: 'OperationEnded', outcome: answer.outcome, output }
}

const saidIn = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'Say' ? [effect.text] : []))

function judgeTurn({ expect, expectStep }: Turn, turn: number, said: string, step: string): Fault[] {
  const missing = expect.filter((text) => !said.toLowerCase().includes(text.toLowerCase()))
  const faults = missing.map((text) => ({ turn, expected: `the bot says "${text}"`, found: `"${said}"` }))
  return expectStep === undefined || expectStep === step
    ? faults
    : [...faults, { turn, expected: `step ${expectStep}`, found: `step ${step}` }]
}

const ENDS = { HangUp: 'HungUp', Transfer: 'Transferred', Fallback: 'Fallback' } as const

function judgeEnd({ ends, collected }: Conversation, state: DialogState, effects: readonly Effect[]): Fault[] {
  const last = effects.at(-1)?.type
  const found = last === 'HangUp' || last === 'Transfer' || last === 'Fallback' ? ENDS[last] : `in step ${state.step}`
  const end = found === ends ? [] : [{ turn: undefined, expected: `the call ends ${ends}`, found }]
  const values = collected
    .filter(({ field, value }) => state.collected[field] !== value)
    .map(({ field, value }) => ({
      turn: undefined,
      expected: `${field} is ${value}`,
      found: state.collected[field] ?? 'nothing',
    }))
  return [...end, ...values]
}
