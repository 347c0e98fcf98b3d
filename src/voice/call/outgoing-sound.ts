import { LEAVE_FRAMES, powerOf } from '../pipeline/frames.ts'
import { spoke } from '../pipeline/noise-gate.ts'
import { hasSound, isStarved, play } from '../pipeline/playback.ts'
import { ringingTone } from '../pipeline/tone-generator.ts'
import { type TransitionContext, reportTurn } from './transition.ts'
import type { CallState } from './types.ts'

/** What goes out in this tick. @returns false: the bot has nothing to say */
export function playSound(m: TransitionContext): boolean {
  const [playback, { samples: spoken, began }] = play(m.state.playback)
  const samples = spoken ?? ringing(m.state)
  const { inputStages } = m.state
  const gate = spoke(inputStages.gate, samples === undefined ? 0 : powerOf(samples))
  m.state.playback = playback
  if (gate !== inputStages.gate) m.state.inputStages = { ...inputStages, gate }
  if (samples === undefined) return false
  m.effects.push({ type: 'Send', samples })
  if (began?.whole !== undefined) reportTurn(m, { said: began.whole })
  return true
}

/** Silence goes out; while an answer is being made, it waits a moment, in case that comes. */
export function sendSilence(m: TransitionContext): void {
  m.state.isDelayed = owesAnswer(m.state)
  m.effects.push(m.state.isDelayed ? { type: 'Delay' } : { type: 'Send', samples: undefined })
}

/** The answer came in time for the packet that waited for it. */
export function answerDelayed(m: TransitionContext): void {
  if (m.state.isDelayed && hasSound(m.state.playback)) m.state.isDelayed = !playSound(m)
}

/** It did not. */
export function endDelay(m: TransitionContext): void {
  if (!m.state.isDelayed) return
  m.state.isDelayed = false
  m.effects.push({ type: 'Send', samples: undefined })
}

/** An utterance that nobody wants yet owes no answer; sound that plays is one. */
export function owesAnswer({ playback, transcribing, wait }: CallState): boolean {
  const isThinking = wait?.type === 'RequestOperation' || wait?.type === 'AskModel'
  return isStarved(playback) || transcribing !== undefined || (isThinking && playback.clips.length === 0)
}

/** While a person is being called, the caller hears it ring. */
function ringing({ wait, asking, counts }: CallState): Int16Array | undefined {
  if (wait?.type !== 'Transfer' || asking === undefined) return undefined
  return ringingTone(counts.leaving - LEAVE_FRAMES)
}
