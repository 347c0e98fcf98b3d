import type { Mode, Scenario, Side } from '../../src/api/drill-run.ts'
import type { Act, When } from './crash-gate.ts'

/** A drill as it goes when nothing happens to it. */
export interface Variant {
  name: string
  side: Side
  scenario: Scenario
  mode: Mode
  trigger: 'hand' | 'schedule'
  backup: 'answers' | 'fails'
  verdict: 'Passed' | 'Failed'
}

const passing = (side: Side, scenario: Scenario, trigger: Variant['trigger'] = 'hand'): Variant => ({
  ...{ name: `${side} ${scenario}, by ${trigger}`, side, scenario, trigger },
  ...{ mode: 'Synthetic', backup: 'answers', verdict: 'Passed' },
})
const failing = (side: Side): Variant => ({
  ...passing(side, 'Blackhole'),
  ...{ name: `${side} Blackhole, by hand, the backup fails`, backup: 'fails', verdict: 'Failed' },
})
const byChecks = (side: Side, trigger: Variant['trigger']): Variant => ({
  ...passing(side, 'Blackhole', trigger),
  ...{ name: `${side} by checks alone, by ${trigger}`, mode: 'DryRun' },
})

const withRealCalls = (mode: 'Share' | 'Full', trigger: Variant['trigger']): Variant => ({
  ...passing('SIP', 'Blackhole', trigger),
  ...{ name: `SIP Blackhole with real calls, ${mode}, by ${trigger}`, mode },
})

export const VARIANTS: readonly Variant[] = [
  passing('SIP', 'Blackhole'),
  withRealCalls('Full', 'hand'),
  passing('HTTP', 'Disconnect'),
  failing('SIP'),
  passing('HTTP', 'Blackhole', 'schedule'),
  passing('SIP', 'Refuse'),
  byChecks('SIP', 'hand'),
  passing('SIP', 'Disconnect', 'schedule'),
  withRealCalls('Share', 'schedule'),
  passing('HTTP', 'Refuse'),
  failing('HTTP'),
  passing('SIP', 'Disconnect'),
  byChecks('HTTP', 'schedule'),
  passing('HTTP', 'Blackhole'),
]

/** Where something happens to the operator, and what. */
export interface Point {
  variant: Variant
  /** See `labelOf`. */
  label: string
  /** At which act of that label, from 1 on. */
  nth: number
  when: When
  /** The operator lives on; only the answer is lost. */
  lives: boolean
  /** The next operator sees drills and Integrations as they were before the last change, for a while. */
  isStale: boolean
  /** The other replica takes over, when the lease is over. */
  isStandby: boolean
}

const MANNERS: readonly Pick<Point, 'when' | 'lives'>[] = [
  { when: 'before', lives: false },
  { when: 'unheard', lives: false },
  { when: 'heard', lives: false },
  { when: 'unheard', lives: true },
]

export const mannerOf = ({ when, lives }: Pick<Point, 'when' | 'lives'>): string =>
  ({
    before: 'killed before it',
    unheard: lives ? 'its acknowledgement is lost' : 'killed before the acknowledgement',
    heard: 'killed after it',
  })[when]

const isOrder = ({ what }: Act) => what.includes(': ')
const STATUS = 'PATCH failoverdrills/status '

/** What the act is in the life of a drill: an order belongs to the state that was persisted before it. */
export function labelOf(acts: readonly Act[], act: Act): string {
  if (!isOrder(act)) return act.what
  const state = acts.findLast(({ number, what }) => number <= act.number && what.startsWith(STATUS))
  return `${act.what} in ${state?.what.slice(STATUS.length) ?? 'no state'}`
}

/** Which of its label it is, from 1 on. */
export const nthOf = (acts: readonly Act[], act: Act): number => {
  const label = labelOf(acts, act)
  return acts.filter((each) => each.number <= act.number && labelOf(acts, each) === label).length
}

/** Every point of a drill that took these acts: of each label the first act, the second, and one in the middle of many. */
export function pointsOf(variant: Variant, acts: readonly Act[]): Point[] {
  const counts = new Map<string, number>()
  for (const act of acts) counts.set(labelOf(acts, act), nthOf(acts, act))
  return [...counts].flatMap(([label, count]) =>
    [...new Set([1, Math.min(2, count), Math.ceil(count / 2)])].flatMap((nth) =>
      MANNERS.map((manner) => ({ ...manner, variant, label, nth, isStale: false, isStandby: false })),
    ),
  )
}

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** All of them in an order in which each beginning has as many kinds of points as can be: one of each label and manner, then another one. */
export function inOrder(points: readonly Point[], seed: number): Point[] {
  const random = randomOf(seed)
  const shuffled = points.map((point) => ({ point, key: random() })).sort((one, other) => one.key - other.key)
  const rounds = new Map<string, number>()
  return shuffled
    .map(({ point }) => {
      const kind = `${point.label} ${mannerOf(point)}`
      const round = rounds.get(kind) ?? 0
      rounds.set(kind, round + 1)
      return { round, point: { ...point, isStale: random() < 0.35, isStandby: random() < 0.25 } }
    })
    .sort((one, other) => one.round - other.round)
    .map(({ point }) => point)
}
