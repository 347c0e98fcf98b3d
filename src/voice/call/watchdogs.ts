import { LEAVE_FRAMES, powerOf } from '../pipeline/frames.ts'
import { spoke } from '../pipeline/noise-gate.ts'
import { isPlaying, isStarved, play } from '../pipeline/playback.ts'
import { ringingTone } from '../pipeline/tone-generator.ts'
import { handleKey, isAnswerWanted, trouble } from './caller-input.ts'
import { advance, count, type TransitionContext, newId, say, set, reportTurn } from './transition.ts'
import type { Wait } from '../../conversation/types.ts'
import { type CallState, type End, isListening } from './types.ts'

const TICKS_A_SECOND = 50
/** A second: then an operation is slow enough to be spoken of. */
const HOLD_AFTER = 50

/** What goes out in this tick. */
export function playSound(m: TransitionContext): void {
  const [playback, { samples: spoken, began }] = play(m.state.playback)
  const samples = spoken ?? ringing(m.state)
  const { inputStages } = m.state
  set(m, {
    playback,
    inputStages: { ...inputStages, gate: spoke(inputStages.gate, samples === undefined ? 0 : powerOf(samples)) },
  })
  m.effects.push({ type: 'Send', samples })
  if (began?.whole !== undefined) reportTurn(m, { said: began.whole })
}

/** While a person is being called, the caller hears it ring. */
function ringing({ wait, asking, counts }: CallState): Int16Array | undefined {
  if (wait?.type !== 'Transfer' || asking === undefined) return undefined
  return ringingTone(counts.leaving - LEAVE_FRAMES)
}

/** Counts the tick, and does what is due by it. */
export function countTick(m: TransitionContext): void {
  deliverBufferedKeys(m)
  const { counts, inputStages, playback, wait, transcribing } = m.state
  const isSpeaking = inputStages.detector.isSpeaking
  const isCallersTurn = isListening(wait) && !isPlaying(playback) && transcribing === undefined
  const isQuiet = isCallersTurn && !isSpeaking
  // An utterance that nobody wants yet owes no answer; sound that plays is one.
  const isThinking = wait?.type === 'RequestOperation' || wait?.type === 'AskModel'
  const owes = isStarved(playback) || transcribing !== undefined || (isThinking && playback.clips.length === 0)
  count(m, {
    call: counts.call + 1,
    noInput: isQuiet ? counts.noInput + 1 : isSpeaking && isCallersTurn ? 0 : counts.noInput,
    silent: isQuiet ? counts.silent + 1 : counts.silent,
    unanswered: owes ? counts.unanswered + 1 : 0,
    speaking: isSpeaking ? counts.speaking + 1 : 0,
    waiting: wait?.type === 'RequestOperation' ? counts.waiting + 1 : 0,
  })
  checkLimits(m)
  if (!m.state.isOver) leave(m)
}

/** Time stands still but for the longest call. */
export function countHeldTick(m: TransitionContext): void {
  m.effects.push({ type: 'Send', samples: undefined })
  count(m, { call: m.state.counts.call + 1 })
  if (m.state.trouble === undefined && isTooLong(m)) trouble(m, 'BotFailure', 'too-long')
  const { wait, trouble: known } = m.state
  // Words would be for nobody; a person may wait for the caller to come back.
  if (known !== undefined && (wait?.type === 'Fallback' || wait?.type === 'HangUp')) end(m, wait)
}

const isTooLong = ({ state, rule }: TransitionContext) =>
  state.counts.call >= rule.turnTaking.longestCallSeconds * TICKS_A_SECOND

/** What was typed while the bot had to be heard to its end. */
function deliverBufferedKeys(m: TransitionContext): void {
  if (m.state.bufferedKeys.length === 0 || !isAnswerWanted(m)) return
  const { bufferedKeys } = m.state
  set(m, { bufferedKeys: [] })
  for (const key of bufferedKeys) handleKey(m, key)
}

function checkLimits(m: TransitionContext): void {
  const { counts, wait, trouble: known } = m.state
  const { silenceSeconds, stuckSeconds } = m.rule.turnTaking
  if (counts.unanswered >= stuckSeconds * TICKS_A_SECOND) return trouble(m, 'BotFailure', 'stuck')
  if (known !== undefined) return
  if (isTooLong(m)) return trouble(m, 'BotFailure', 'too-long')
  if (counts.silent >= silenceSeconds * TICKS_A_SECOND) return trouble(m, 'Silence', 'silence')
  if (isListening(wait) && counts.noInput >= wait.noInputSeconds * TICKS_A_SECOND) {
    count(m, { noInput: 0 })
    advance(m, { type: 'NoInput' })
  }
  if (wait?.type === 'RequestOperation' && wait.holdText !== undefined && counts.waiting === HOLD_AFTER) {
    say(m, wait.holdText, 'Allowed')
  }
}

/** What waits for all to be spoken: the end, or a transfer. */
function leave(m: TransitionContext): void {
  const { wait, playback, counts } = m.state
  if (wait === undefined || isListening(wait) || wait.type === 'RequestOperation' || wait.type === 'AskModel') return
  if (playback.clips.length > 0) return
  count(m, { leaving: counts.leaving + 1 })
  if (counts.leaving + 1 !== LEAVE_FRAMES) return
  if (wait.type !== 'Transfer') return end(m, wait)
  const id = newId(m)
  set(m, { asking: id })
  m.effects.push({ type: 'Transfer', id, wait })
}

function end(m: TransitionContext, wait: Wait): void {
  m.effects.push({ type: 'End', end: endOf(wait, m.state.trouble) })
  set(m, { isOver: true })
}

function endOf(wait: Wait, trouble: CallState['trouble']): End {
  if (wait.type === 'Fallback') return { type: 'Fallback', cause: wait.cause, reason: trouble?.reason ?? 'dialog' }
  return trouble === undefined ? { type: 'HungUp' } : { type: 'HungUp', reason: trouble.reason }
}
