/** What the tables show of each contestant, as numbers: the terminal shows one run, docs/benchmarks.md the spread over several. Pure. */
import type { Calls } from './audit.ts'
import type { Idle } from './idle.ts'
import type { Round } from './measure.ts'

export interface Measure<Row> {
  title: string
  digits: number
  suffix?: string
  /** `less` is better, but where it says `more`; `neither`: says nothing about who is better. */
  better?: 'more' | 'neither'
  /** Undefined: there is nothing to show. */
  of(row: Row, rounds: readonly Round[]): number | undefined
}

export interface Group<Row> {
  name: string
  /** What the table is about, as Markdown. */
  title: string
  measures: Measure<Row>[]
}

const perCallbot = (title: string, cpuSeconds: (round: Round) => number): Measure<Round> => ({
  title,
  digits: 1,
  of: (round) => (cpuSeconds(round) * 1000) / round.callbots,
})
const readySeconds = (at: 'p50' | 'p95' | 'p99'): Measure<Round> => ({
  title: `${at} s`,
  digits: 2,
  of: ({ readyMilliseconds }) => readyMilliseconds[at] / 1000,
})

/** Against Go at the same size in the same run. */
function ofGo(round: Round, rounds: readonly Round[]): number | undefined {
  const peer = rounds.find(({ contestant, callbots }) => contestant === 'go' && callbots === round.callbots)
  return peer === undefined ? undefined : round.callbotsPerSecond / peer.callbotsPerSecond
}

export const SPEED: Group<Round> = {
  name: 'speed',
  title: '**Speed**: from the first create to the last Ready',
  measures: [
    { title: 'CRs/s', digits: 1, better: 'more', of: ({ callbotsPerSecond }) => callbotsPerSecond },
    { title: 'of Go', digits: 2, suffix: 'x', better: 'neither', of: ofGo },
    ...(['p50', 'p95', 'p99'] as const).map(readySeconds),
    perCallbot('CPU ms/CR', ({ cpuSeconds }) => cpuSeconds),
    perCallbot('server CPU ms/CR', ({ serverCpuSeconds }) => serverCpuSeconds),
  ],
}

const each = (what: 'writes' | 'events' | 'reads'): Measure<Round> => ({
  title: `${what}/CR`,
  digits: 2,
  of: ({ calls, callbots }) => calls[what] / callbots,
})

export const COST: Group<Round> = {
  name: 'cost',
  title: '**Cost**: API calls of the operator for each Callbot, and its memory',
  measures: [
    ...(['writes', 'events', 'reads'] as const).map(each),
    { title: 'failed', digits: 0, of: ({ calls }) => calls.failed },
    { title: 'peak MiB', digits: 0, of: ({ peakRssMiB }) => peakRssMiB },
    { title: 'settled MiB', digits: 0, of: ({ settledRssMiB }) => settledRssMiB },
    { title: 'settled heap MiB', digits: 0, of: ({ settledAnonMiB }) => settledAnonMiB },
  ],
}

type Quiet = { calls: Calls; cpuSeconds: number; rssMiB: number }

const QUIET: Measure<Quiet>[] = [
  ...(['writes', 'events', 'reads', 'watches'] as const).map((what): Measure<Quiet> => ({
    title: what,
    digits: 0,
    of: ({ calls }) => calls[what],
  })),
  { title: 'lease calls', digits: 0, of: ({ calls }) => calls.lease },
  { title: 'CPU s', digits: 1, of: ({ cpuSeconds }) => cpuSeconds },
  { title: 'RSS MiB', digits: 0, of: ({ rssMiB }) => rssMiB },
]

const quietOf = ({ restart }: Round): Quiet | undefined =>
  restart && { calls: restart.calls, cpuSeconds: restart.cpuSeconds, rssMiB: restart.settledRssMiB }

export const RESTART: Group<Round> = {
  name: 'restart',
  title: '**Cold restart**: everything is there and right already',
  measures: [
    { title: 'at rest after s', digits: 1, of: ({ restart }) => restart?.seconds },
    ...QUIET.map(({ of, ...measure }): Measure<Round> => {
      return { ...measure, of: (round, rounds) => (round.restart ? of(quietOf(round)!, rounds) : undefined) }
    }),
  ],
}

export const IDLE: Group<Idle> = {
  name: 'idle',
  title: '**Idle**: nothing changes',
  measures: [{ title: 'window s', digits: 0, better: 'neither', of: ({ seconds }) => seconds }, ...QUIET],
}

/** One cell. */
export const cellOf = (
  value: number | undefined,
  { digits, suffix = '' }: { digits: number; suffix?: string },
): string => (value === undefined ? '-' : `${value.toFixed(digits)}${suffix}`)

/** The cells of one contestant. */
export const cellsOf = <Row>(group: Group<Row>, row: Row, rounds: readonly Round[] = []): string[] =>
  group.measures.map((measure) => cellOf(measure.of(row, rounds), measure))
