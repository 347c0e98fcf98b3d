/**
 * How the Go peer's collector is set, with the same care as ours: both have the memory that the chart gives an operator pod. Ours has a
 * heap limit below it, small new spaces, and V8 configured to prefer size to speed; Go has a soft limit a tenth below it, as its guide
 * advises, and collects when the heap has grown by half instead of by its whole.
 */
import { memoryLimitMiB } from './shipped.ts'

/** Whoever tries other values says so in the environment; figures taken so are not those of the benchmark. */
export const isTunedOtherwise = ['GOGC', 'GOMEMLIMIT'].some((name) => process.env[name] !== undefined)

export const goTuning = (): Record<string, string> => ({
  GOGC: process.env['GOGC'] ?? '50',
  GOMEMLIMIT: process.env['GOMEMLIMIT'] ?? `${Math.floor(0.9 * memoryLimitMiB())}MiB`,
})

/** As the report names it. */
export const namesOf = (environment: Record<string, string>): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
