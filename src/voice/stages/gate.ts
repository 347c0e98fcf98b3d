import type { Frame } from '../frames.ts'

/*
 * A cheap gate before the model of voices: most of a call is silence, and judging it would cost more than all the rest. It lets
 * through what is louder than the noise of the line, and errs on the side of letting through: it never decides what is a voice.
 */

export interface GateState {
  /** Mean square of the line's noise, as far as it is known. */
  readonly floor: number
  /** Frames for which the gate stays open without need. */
  readonly open: number
}

/** 300: a quiet line. A louder one is learnt within a second or so. */
export const newGate: GateState = { floor: 300, open: 0 }

/** 6 dB above the noise. */
const ABOVE_FLOOR = 4
/** Root mean square of 60 (-55 dB): below, a voice would not be understood either. */
const FAINTEST = 60 ** 2
/** 300 ms: a voice fades at its end, and the model needs to hear that. */
const OPEN_FRAMES = 15
/** The floor follows a quieter frame at once and a louder one by 0.5 % a frame: doubled in 2.8 s, which no one speaks through without a pause. */
const RISE = 1.005
/** No frame is so quiet that all that follows is loud. */
const LOWEST_FLOOR = 16

export function gate(state: GateState, frame: Frame): readonly [GateState, readonly Frame[]] {
  if (frame.kind !== 'Sound') return [state, [frame]]
  const floor = Math.max(LOWEST_FLOOR, Math.min(frame.power, state.floor * RISE))
  const isLoud = frame.power > FAINTEST && frame.power > state.floor * ABOVE_FLOOR
  const open = isLoud ? OPEN_FRAMES : Math.max(0, state.open - 1)
  return [{ floor, open }, [open === 0 ? frame : { ...frame, isLoud: true }]]
}
