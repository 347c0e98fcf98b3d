import type { Frame } from './frames.ts'

/*
 * A cheap gate before the model of voices: most of a call is silence, and judging it would cost more than all the rest. It lets
 * through what is louder than the noise of the line, and errs on the side of letting through: it never decides what is a voice.
 */

export interface GateState {
  /** Mean square of the line's noise, as far as it is known. */
  readonly floor: number
  /** Frames for which the gate stays open without need. */
  readonly open: number
  /** Mean square of what the bot said lately: some of it comes back as an echo. */
  readonly echo: number
  /** Nobody is listened to: the bot says what must be heard to its end, or waits for somebody else. */
  readonly isShut: boolean
}

/** 300: a quiet line. A louder one is learnt over time; until then the model is asked more than it need be. */
export const newGate: GateState = { floor: 300, open: 0, echo: 0, isShut: false }

/** 6 dB above the noise. */
const ABOVE_FLOOR = 4
/** Root mean square of 60 (-55 dB): below, a voice would not be understood either. */
const FAINTEST = 60 ** 2
/** 300 ms: a voice fades at its end, and the model needs to hear that. */
const OPEN_FRAMES = 15
/** The floor follows a quieter frame at once and a louder one by 0.5 % a frame: doubled in 2.8 s, which no one speaks through without a pause. */
const RISE = 1.005
/** A telephone gives back of what it plays what is 20 dB below it, or less (ITU-T G.131); a caller who talks over the bot is louder. */
const ECHO = 0.01
/** What was said fades from memory by half in 80 ms: an echo comes no later than 300 ms or so. */
const FADE = 0.85
/** Below, an echo is nothing that could be heard. */
const LEAST_ECHO = 1
/** No frame is so quiet that all that follows is loud. */
const LOWEST_FLOOR = 16

export function gate(state: GateState, frame: Frame): readonly [GateState, readonly Frame[]] {
  if (frame.kind !== 'Sound') return [state, [frame]]
  const floor = Math.max(LOWEST_FLOOR, Math.min(frame.power, state.floor * RISE))
  const isAudible = !state.isShut && frame.power > Math.max(FAINTEST, state.floor * ABOVE_FLOOR, state.echo * ECHO)
  const open = isAudible ? OPEN_FRAMES : Math.max(0, state.open - 1)
  return [{ ...state, floor, open }, [open === 0 ? frame : { ...frame, isAudible, isLoud: true }]]
}

/** The bot says something in this tick, of that mean square; 0: it is silent. */
export function spoke(state: GateState, power: number): GateState {
  const left = state.echo * FADE
  const echo = Math.max(power, left < LEAST_ECHO ? 0 : left)
  return echo === state.echo ? state : { ...state, echo }
}

/** Shuts the gate or lets it work, as the bot listens or not: what nobody wants to know need not be judged. */
export const shut = (state: GateState, isShut: boolean): GateState =>
  state.isShut === isShut ? state : { ...state, isShut, open: 0 }
