/** The figures as people read them. Pure. */
import { renderTable } from '../../hack/cluster/table.ts'
import { median } from './figures.ts'
import type { Floor } from './floor.ts'
import type { RecordCost } from './records.ts'
import type { Case, Latency } from './rounds.ts'

export interface Results {
  options: { calls: number; seconds: number; rounds: number; setupCalls: number }
  /** One entry for each round. */
  floor: Partial<Record<Floor, { cpuPercentPerCall: number }[]>>
  /** One entry for each round. */
  cost: Partial<Record<Case, { cpuPercentPerCall: number; rssMiB: number }[]>>
  setup: Partial<Record<Case, { successful: number; failed: number; p50Ms: number; p95Ms: number }[]>>
  latency: Latency[]
  /** One entry for each round. */
  records: RecordCost[]
}

/** What each case is compared with, and how much of it may be taken at most. */
const GOALS: Partial<Record<Case, { peer: Case; most: number }>> = {
  ours: { peer: 'asterisk', most: 0.9 },
  'ours-srtp': { peer: 'asterisk-srtp', most: 0.7 },
  'ours-srtp-vad': { peer: 'asterisk-srtp', most: 1 },
}

export interface CostRow {
  case: Case
  cpuPercentPerCall: number
  rssMiB: number
  /** Of the peer's processor time in the same run; undefined for the peer. */
  ratio?: number
  most?: number
}

/** Medians over the rounds. */
export function costRows({ cost }: Results): CostRow[] {
  const of = (which: Case, what: 'cpuPercentPerCall' | 'rssMiB') => median(cost[which]!.map((round) => round[what]))
  return (Object.keys(cost) as Case[]).map((which) => {
    const goal = GOALS[which]
    const row = { case: which, cpuPercentPerCall: of(which, 'cpuPercentPerCall'), rssMiB: of(which, 'rssMiB') }
    if (goal === undefined || cost[goal.peer] === undefined) return row
    return { ...row, ratio: row.cpuPercentPerCall / of(goal.peer, 'cpuPercentPerCall'), most: goal.most }
  })
}

export function render(results: Results): string {
  const floor = Object.entries(results.floor).map(([which, rounds]) => [
    `floor: ${which}`,
    median(rounds.map(({ cpuPercentPerCall }) => cpuPercentPerCall)).toFixed(3),
    ...['-', '-'],
  ])
  const cost = costRows(results).map(({ case: which, cpuPercentPerCall, rssMiB, ratio, most }) => [
    ...[which, cpuPercentPerCall.toFixed(3), rssMiB.toFixed(0)],
    ratio === undefined ? '-' : `${ratio.toFixed(2)}x of Asterisk (goal: at most ${most}x)`,
  ])
  const setup = Object.entries(results.setup).map(([which, rounds]) => [
    which,
    `${rounds.reduce((sum, { failed }) => sum + failed, 0)} of ${rounds.reduce((sum, { successful, failed }) => sum + successful + failed, 0)}`,
    median(rounds.map(({ p50Ms }) => p50Ms)).toFixed(1),
    median(rounds.map(({ p95Ms }) => p95Ms)).toFixed(1),
  ])
  const { latency, options, records } = results
  const whole = (['notKept', 'kept'] as const).map((which) => median(records.map((cost) => cost[which])))
  return [
    `N1: ${options.calls} calls, a prompt plays, audio both ways, medians of ${options.rounds} rounds of ${options.seconds} s`,
    renderTable(['CASE', '% OF A CORE A CALL', 'MiB', 'RATIO'], [...floor, ...cost]),
    `\nN2: ${options.setupCalls} calls at 100 a second on a fresh process (goal: p95 of Asterisk, none failed)`,
    renderTable(['CASE', 'FAILED', 'P50 ms', 'P95 ms'], setup),
    '\nN3: caller stops, bot speaks, less the silence that ends a turn and the engines (goal: p95 25 ms)',
    renderTable(
      ['TURNS', 'P50 ms', 'P95 ms', 'CALLERS SEND LATE, P95 ms'],
      latency.map(({ turns, p50Ms, p95Ms, callersP95LateMs }) => [
        ...[`${turns}`, p50Ms.toFixed(1), p95Ms.toFixed(1), callersP95LateMs.toFixed(1)],
      ]),
    ),
    '\nN4: processor time of a whole call of 8 s whose records are kept, and of one of which nothing is (goal: at most 1.3x)',
    renderTable(
      ['NOT KEPT, ms', 'KEPT, ms', 'RATIO'],
      [[...whole.map((ms) => ms.toFixed(1)), `${(whole[1]! / whole[0]!).toFixed(2)}x`]],
    ),
  ].join('\n')
}
