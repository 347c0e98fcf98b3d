/** How long to wait before the next try. All times in milliseconds. */
export interface BackoffRule {
  /** The middle of the first wait. */
  first: number
  /** No wait is longer. */
  most: number
  /** What each failure multiplies the wait by. */
  factor: number
  /** Share of the wait left to chance, 0..1: 0.5 means from half of the wait to the whole of it. */
  jitter: number
}

/**
 * The wait after `failures` failures in a row (1 = the first), with `chance` in [0, 1) as the luck of the draw.
 * The jitter only shortens, so `most` holds; it spreads those who failed together.
 */
export function backoff(rule: BackoffRule, failures: number, chance: number): number {
  const exponent = Math.max(0, failures - 1)
  // Above 2^1023 a power is Infinity: the cap holds all the same.
  const whole = Math.min(rule.most, rule.first * rule.factor ** exponent)
  return whole * (1 - rule.jitter * chance)
}
