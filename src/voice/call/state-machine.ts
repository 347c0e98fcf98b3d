/**
 * One call's life as a value. `step` takes what happened and gives the next state and what the world outside shall do; it does nothing
 * itself, so a whole call can be told in a test, tick by tick.
 */
import { idle, rendered } from '../pipeline/playback.ts'
import { createHearing, newEars } from '../pipeline/audio-input.ts'
import { hearFrame, hearKey, hearSound, hearWords, trouble } from './caller-input.ts'
import { advance, type CallRule, type Moving, renderNext, set, take } from './transition.ts'
import type { CallEffect, CallInput, CallState, Counts } from './types.ts'
import { playSound, stayHeld, watch } from './watchdogs.ts'

export interface Call {
  /** A call that has not been answered yet. */
  readonly fresh: CallState
  /** @param at epoch milliseconds */
  step(state: CallState, input: CallInput, at: number): readonly [CallState, readonly CallEffect[]]
}

const noCounts: Counts = { call: 0, noInput: 0, silent: 0, owed: 0, speaking: 0, waiting: 0, leaving: 0, deaf: 0 }

export function createCall(rule: CallRule): Call {
  const hear = createHearing(rule.turnTaking, rule.hasToneKeys)
  return {
    fresh: {
      ears: newEars,
      playback: idle,
      dialog: rule.dialog.start(0)[0],
      wait: undefined,
      lastId: 0,
      rendering: undefined,
      transcribing: undefined,
      asking: undefined,
      ahead: [],
      counts: noCounts,
      trouble: undefined,
      isOver: false,
    },
    step(state, input, at) {
      if (state.isOver) return [state, []]
      const moving: Moving = { rule, at, state, effects: [] }
      happen(moving, hear, input)
      return [moving.state, moving.effects]
    },
  }
}

function happen(m: Moving, hear: ReturnType<typeof createHearing>, input: CallInput): void {
  switch (input.type) {
    case 'Answered':
      return take(m, m.rule.dialog.start(m.at))
    case 'Tick':
      playSound(m)
      hearSound(m, hear, input.samples)
      return m.state.isOver ? undefined : watch(m)
    case 'Held':
      return stayHeld(m)
    case 'Key':
      return hearKey(m, input.key)
    case 'Judged':
      return hearFrame(m, hear, { kind: 'Probability', value: input.probability })
    case 'Rendered':
      return renderedClip(m, input)
    case 'Transcribed':
      return hearWords(m, input.id, input.text)
    case 'Trouble':
      return trouble(m, input.cause, input.reason)
    case 'TransferFailed':
    case 'OperationEnded':
    case 'ModelEnded':
      return answered(m, input)
  }
}

function renderedClip(m: Moving, input: Extract<CallInput, { type: 'Rendered' }>): void {
  const { id, samples, isPart } = input
  const isAwaited = m.state.playback.clips.some((clip) => clip.id === id)
  if (id === m.state.rendering && isPart !== true) set(m, { rendering: undefined })
  set(m, { playback: rendered(m.state.playback, input) })
  // In trouble already, the bot ends without words rather than trying to apologise for them.
  if (samples === undefined && isAwaited && m.state.trouble === undefined) return trouble(m, 'BotFailure', 'tts')
  renderNext(m)
}

type Answer = Extract<CallInput, { type: 'OperationEnded' | 'ModelEnded' | 'TransferFailed' }>

function answered(m: Moving, input: Answer): void {
  if (input.id !== m.state.asking) return
  set(m, { asking: undefined })
  if (input.type === 'TransferFailed') return advance(m, { type: 'TransferFailed' })
  if (input.type === 'OperationEnded') {
    return advance(m, { type: 'OperationEnded', outcome: input.outcome, output: input.output })
  }
  advance(m, input.answer === undefined ? { type: 'ModelFailed' } : { type: 'ModelAnswered', ...input.answer })
}
