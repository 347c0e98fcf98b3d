/** Arithmetic over rounds, and how its results are written. Pure. */
import type { Figure, Kept } from './proof.ts'

export interface Spread {
  median: number
  least: number
  most: number
  rounds: number
}

/** Undefined where no round has the figure. */
export function spreadOf({ rounds }: Kept, key: string): Spread | undefined {
  const values = rounds.flatMap(({ figures }) => figures[key] ?? []).toSorted((one, other) => one - other)
  const [least, most] = [values[0], values.at(-1)]
  if (least === undefined || most === undefined) return undefined
  return { median: middleOf(values), least, most, rounds: values.length }
}

function middleOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

type Format = Pick<Figure<never>, 'unit' | 'digits'>

const digitsOf = (value: number, digits: number) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** A value with its unit. */
export const written = (value: number, { unit, digits = 0 }: Format): string =>
  `${digitsOf(value, digits)}${unit === undefined ? '' : unit === 'x' ? 'x' : ` ${unit}`}`

/** Nothing where all rounds gave the same. */
export function range({ least, most }: Spread, { digits = 0 }: Format): string {
  const [from, to] = [digitsOf(least, digits), digitsOf(most, digits)]
  return from === to ? from : `${from} to ${to}`
}

export const countOf = (rounds: number) => (rounds === 1 ? '1 round' : `${rounds} rounds`)

/** What the goal is, and whether each round reached it. */
export function verdict(spread: Spread, { most, least, ...format }: Figure<never>): string {
  if (most === undefined && least === undefined) return ''
  const goal = most !== undefined ? `at most ${written(most, format)}` : `at least ${written(least!, format)}`
  const isHeld = (most === undefined || spread.most <= most) && (least === undefined || spread.least >= least)
  return isHeld ? goal : `${goal}: **missed**`
}
