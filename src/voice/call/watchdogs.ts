import { LEAVE_FRAMES } from '../pipeline/frames.ts'
import { isPlaying } from '../pipeline/playback.ts'
import { handleKey, isAnswerWanted, trouble } from './caller-input.ts'
import { owesAnswer } from './outgoing-sound.ts'
import { advance, type TransitionContext, newId, say } from './transition.ts'
import type { Wait } from '../../conversation/types.ts'
import { type CallState, type End, isListening } from './types.ts'

const TICKS_A_SECOND = 50
/** A second: then an operation is slow enough to be spoken of. */
const HOLD_AFTER = 50

/** Counts the tick, and does what is due by it. */
export function countTick(m: TransitionContext): void {
  deliverBufferedKeys(m)
  const { counts, inputStages, playback, wait, transcribing } = m.state
  const isSpeaking = inputStages.detector.isSpeaking
  const isCallersTurn = isListening(wait) && !isPlaying(playback) && transcribing === undefined
  const isQuiet = isCallersTurn && !isSpeaking
  counts.call++
  if (isQuiet) counts.noInput++
  else if (isSpeaking && isCallersTurn) counts.noInput = 0
  if (isQuiet) counts.silent++
  counts.unanswered = owesAnswer(m.state) ? counts.unanswered + 1 : 0
  counts.speaking = isSpeaking ? counts.speaking + 1 : 0
  counts.waiting = wait?.type === 'RequestOperation' ? counts.waiting + 1 : 0
  checkLimits(m)
  if (!m.state.isOver) leave(m)
}

/** Time stands still but for the longest call. */
export function countHeldTick(m: TransitionContext): void {
  m.effects.push({ type: 'Send', samples: undefined })
  m.state.counts.call++
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
  m.state.bufferedKeys = []
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
    counts.noInput = 0
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
  if (++counts.leaving !== LEAVE_FRAMES) return
  if (wait.type !== 'Transfer') return end(m, wait)
  const id = newId(m)
  m.state.asking = id
  m.effects.push({ type: 'Transfer', id, wait })
}

function end(m: TransitionContext, wait: Wait): void {
  m.effects.push({ type: 'End', end: endOf(wait, m.state.trouble) })
  m.state.isOver = true
}

function endOf(wait: Wait, trouble: CallState['trouble']): End {
  if (wait.type === 'Fallback') return { type: 'Fallback', cause: wait.cause, reason: trouble?.reason ?? 'dialog' }
  return trouble === undefined ? { type: 'HungUp' } : { type: 'HungUp', reason: trouble.reason }
}
