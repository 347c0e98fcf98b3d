/**
 * One call's life as a value. `step` takes what happened and gives the next state and what the world outside shall do; it does nothing
 * itself, so a whole call can be told in a test, tick by tick.
 */
import { idle, rendered } from '../pipeline/playback.ts'
import { createInputPipeline, newInputStages } from '../pipeline/audio-input.ts'
import { processFrame, handleKey, processAudio, handleTranscript, trouble } from './caller-input.ts'
import { answerDelayed, endDelay, playSound, sendSilence } from './outgoing-sound.ts'
import { advance, type CallRule, type TransitionContext, renderNext, take } from './transition.ts'
import type { CallEffect, CallInput, CallState, Counts } from './types.ts'
import { countHeldTick, countTick } from './watchdogs.ts'

export interface Call {
  /** A call that has not been answered yet. */
  readonly initialState: CallState
  /** @param at epoch milliseconds */
  step(state: CallState, input: CallInput, at: number): readonly [CallState, readonly CallEffect[]]
}

const noCounts: Counts = {
  call: 0,
  noInput: 0,
  silent: 0,
  unanswered: 0,
  speaking: 0,
  waiting: 0,
  leaving: 0,
  failedTranscriptions: 0,
}

export function createCall(rule: CallRule): Call {
  const hear = createInputPipeline(rule.turnTaking, rule.hasToneKeys)
  return {
    initialState: {
      inputStages: newInputStages,
      playback: idle,
      isDelayed: false,
      conversation: rule.flow.start(0, rule.collect)[0],
      wait: undefined,
      lastId: 0,
      rendering: undefined,
      transcribing: undefined,
      asking: undefined,
      bufferedKeys: [],
      counts: noCounts,
      trouble: undefined,
      isOver: false,
    },
    step(state, input, at) {
      if (state.isOver) return [state, []]
      const moving: TransitionContext = { rule, at, state: { ...state, counts: { ...state.counts } }, effects: [] }
      handleInput(moving, hear, input)
      answerDelayed(moving)
      return [moving.state, moving.effects]
    },
  }
}

function handleInput(m: TransitionContext, hear: ReturnType<typeof createInputPipeline>, input: CallInput): void {
  switch (input.type) {
    case 'Answered':
      return take(m, m.rule.flow.start(m.at, m.rule.collect))
    case 'Tick':
      return tick(m, hear, input.samples)
    case 'DelayExpired':
      return endDelay(m)
    case 'Held':
      return countHeldTick(m)
    case 'Key':
      return handleKey(m, input.key)
    case 'Judged':
      return processFrame(m, hear, { kind: 'Probability', value: input.probability })
    case 'Rendered':
      return renderedClip(m, input)
    case 'Transcribed':
      return handleTranscript(m, input.id, input.text)
    case 'PolicyChanged':
      return advance(m, input)
    case 'Trouble':
      return trouble(m, input.cause, input.reason)
    case 'TransferFailed':
    case 'OperationEnded':
    case 'ModelEnded':
      return answered(m, input)
  }
}

function tick(
  m: TransitionContext,
  hear: ReturnType<typeof createInputPipeline>,
  samples: Int16Array | undefined,
): void {
  const isSilent = !playSound(m)
  processAudio(m, hear, samples)
  if (isSilent) sendSilence(m)
  if (!m.state.isOver) countTick(m)
}

function renderedClip(m: TransitionContext, input: Extract<CallInput, { type: 'Rendered' }>): void {
  const { id, samples, isPart } = input
  const isAwaited = m.state.playback.clips.some((clip) => clip.id === id)
  if (id === m.state.rendering && isPart !== true) m.state.rendering = undefined
  m.state.playback = rendered(m.state.playback, input)
  // In trouble already, the bot ends without words rather than trying to apologise for them.
  if (samples === undefined && isAwaited && m.state.trouble === undefined) return trouble(m, 'BotFailure', 'tts')
  renderNext(m)
}

type Answer = Extract<CallInput, { type: 'OperationEnded' | 'ModelEnded' | 'TransferFailed' }>

function answered(m: TransitionContext, input: Answer): void {
  if (input.id !== m.state.asking) return
  m.state.asking = undefined
  if (input.type === 'TransferFailed') return advance(m, { type: 'TransferFailed' })
  if (input.type === 'OperationEnded') {
    return advance(m, { type: 'OperationEnded', outcome: input.outcome, output: input.output })
  }
  advance(m, input.answer === undefined ? { type: 'ModelFailed' } : { type: 'ModelAnswered', ...input.answer })
}
