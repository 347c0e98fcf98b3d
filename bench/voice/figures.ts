/** Arithmetic on what was measured. Pure. */

/** The value below which so many percent of the values lie (nearest rank); NaN without values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]) => percentile(values, 50)

/** Percent of one core that each call takes. */
export const perCall = (cpuSeconds: number, wallSeconds: number, calls: number) =>
  (100 * cpuSeconds) / wallSeconds / calls
