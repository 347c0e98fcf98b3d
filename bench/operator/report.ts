/** The figures as people read them. Pure. */
import type { Idle } from './idle.ts'
import type { Machine } from './machine.ts'
import type { Round } from './measure.ts'
import type { ContestantName } from './options.ts'

export type Results = {
  date: string
  machine: Machine
  versions: Record<ContestantName, string>
  kubernetes: string
  options: { concurrency: number; replicas: number; idleSeconds: number; settleSeconds: number }
  rounds: Round[]
  idle: Idle[]
}

const HEAD = [
  'Callbots',
  'Operator',
  'CRs/s',
  'vs Go',
  'p50 s',
  'p95 s',
  'p99 s',
  'CPU s',
  'peak MiB',
  'settled MiB',
  'writes/CR',
  'reads/CR',
  'restart s',
  'restart writes',
  'restart reads',
  'restart MiB',
]

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2)

/** One row for each round; the ratio is against Go at the same size in the same run. */
export function roundRows(rounds: readonly Round[]): string[][] {
  return rounds.map((round) => {
    const peer = rounds.find((other) => other.contestant === 'go' && other.callbots === round.callbots)
    return [
      String(round.callbots),
      round.contestant,
      round.callbotsPerSecond.toFixed(1),
      peer === undefined ? '-' : `${(round.callbotsPerSecond / peer.callbotsPerSecond).toFixed(2)}x`,
      seconds(round.readyMilliseconds.p50),
      seconds(round.readyMilliseconds.p95),
      seconds(round.readyMilliseconds.p99),
      round.cpuSeconds.toFixed(1),
      round.peakRssMiB.toFixed(0),
      round.settledRssMiB.toFixed(0),
      (round.calls.writes / round.callbots).toFixed(2),
      (round.calls.reads / round.callbots).toFixed(2),
      round.restart.seconds.toFixed(1),
      String(round.restart.calls.writes),
      String(round.restart.calls.reads),
      round.restart.settledRssMiB.toFixed(0),
    ]
  })
}

const IDLE_HEAD = ['Callbots', 'Operator', 'idle s', 'reads', 'writes', 'watches', 'lease calls', 'CPU s', 'RSS MiB']

export function idleRows(idle: readonly Idle[]): string[][] {
  return idle.map(({ callbots, contestant, seconds: length, calls, cpuSeconds, rssMiB }) =>
    [
      callbots,
      contestant,
      length,
      calls.reads,
      calls.writes,
      calls.watches,
      calls.lease,
      cpuSeconds.toFixed(1),
      rssMiB.toFixed(0),
    ].map(String),
  )
}

/** A Markdown table whose columns are aligned, so that it reads well on a terminal too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padStart(width[column]!)).join(' | ')} |`
  return [line(head), `|${width.map((each) => `${'-'.repeat(each + 1)}:`).join('|')}|`, ...rows.map(line)].join('\n')
}

/** Both tables and what they were measured on. */
export function render(results: Results): string {
  const { machine, versions, options } = results
  const parts = [
    `Measured on ${results.date} on ${machine.cores} cores of ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}, ` +
      `Kubernetes ${results.kubernetes} (API server, etcd, loader and stand-in share the cores with the operator). ` +
      `ours ${versions.ours}; go controller-runtime ${versions.go}; kopf ${versions.kopf}. ` +
      `${options.concurrency} reconciles at a time, ${options.replicas} pods for each Callbot.`,
    table(HEAD, roundRows(results.rounds)),
  ]
  if (results.idle.length > 0) parts.push(table(IDLE_HEAD, idleRows(results.idle)))
  return parts.join('\n\n')
}

const [BEGIN, END] = ['<!-- bench-operator: begin -->', '<!-- bench-operator: end -->']

/** @throws when the page has no markers */
export function insertInto(page: string, text: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from)
    throw new Error(`docs/benchmarks.md needs the lines "${BEGIN}" and "${END}" around the table`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`
}
