/** Samples of a frame: 20 ms of 8 kHz. */
export const FRAME = 160
/** Samples of 10 ms: what concealment works in. */
export const HALF = 80
/** Samples of 5 ms: the steps in which the time of a frame can be moved. */
export const STEP = 40
