/** Samples of a frame: 20 ms of 8 kHz. */
export const FRAME = 160
/** Samples of 10 ms: what concealment works in. */
export const HALF = 80
