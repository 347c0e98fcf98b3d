/** The figures as people read them. Pure. */
import type { Calls } from './audit.ts'
import type { GaveUp } from './excuses.ts'
import type { Idle } from './idle.ts'
import type { Machine } from './machine.ts'
import type { Round } from './measure.ts'
import type { ContestantName } from './options.ts'
import { LONGEST_UNREST_SECONDS } from './stage.ts'
import { differences } from './work.ts'

export type Results = {
  date: string
  machine: Machine
  versions: Record<ContestantName, string>
  kubernetes: string
  options: { concurrency: number; replicas: number; idleSeconds: number; settleSeconds: number }
  rounds: Round[]
  gaveUp: GaveUp[]
  idle: Idle[]
}

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2)
const whose = (row: { callbots: number; contestant: string }) => [String(row.callbots), row.contestant]
const WHOSE = ['Callbots', 'Operator']

const SPEED = ['CRs/s', 'of Go', 'p50 s', 'p95 s', 'p99 s', 'CPU ms/CR', 'server CPU ms/CR']

/** `of Go` is against Go at the same size in the same run. */
export function speedRow(round: Round, rounds: readonly Round[]): string[] {
  const peer = rounds.find(({ contestant, callbots }) => contestant === 'go' && callbots === round.callbots)
  const perCallbot = (cpuSeconds: number) => ((cpuSeconds * 1000) / round.callbots).toFixed(1)
  return [
    round.callbotsPerSecond.toFixed(1),
    peer === undefined ? '-' : `${(round.callbotsPerSecond / peer.callbotsPerSecond).toFixed(2)}x`,
    seconds(round.readyMilliseconds.p50),
    seconds(round.readyMilliseconds.p95),
    seconds(round.readyMilliseconds.p99),
    perCallbot(round.cpuSeconds),
    perCallbot(round.serverCpuSeconds),
  ]
}

const COST = ['writes/CR', 'events/CR', 'reads/CR', 'failed', 'peak MiB', 'settled MiB', 'settled heap MiB']

const costRow = ({ calls, callbots, peakRssMiB, settledRssMiB, settledAnonMiB }: Round): string[] => [
  (calls.writes / callbots).toFixed(2),
  (calls.events / callbots).toFixed(2),
  (calls.reads / callbots).toFixed(2),
  String(calls.failed),
  ...[peakRssMiB, settledRssMiB, settledAnonMiB].map((size) => size.toFixed(0)),
]

const QUIET = ['writes', 'events', 'reads', 'watches', 'lease calls', 'CPU s', 'RSS MiB']

const quietRow = (calls: Calls, cpuSeconds: number, rssMiB: number): string[] => [
  ...[calls.writes, calls.events, calls.reads, calls.watches, calls.lease].map(String),
  cpuSeconds.toFixed(1),
  rssMiB.toFixed(0),
]

function restartRows({ restart, ...round }: Round): string[][] {
  if (restart === undefined) return []
  const rest = restart.seconds?.toFixed(1) ?? `over ${LONGEST_UNREST_SECONDS}`
  return [[...whose(round), rest, ...quietRow(restart.calls, restart.cpuSeconds, restart.settledRssMiB)]]
}

/** A Markdown table whose columns are aligned, so that it reads well on a terminal too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padStart(width[column]!)).join(' | ')} |`
  return [line(head), `|${width.map((each) => `${'-'.repeat(each + 1)}:`).join('|')}|`, ...rows.map(line)].join('\n')
}

/** All tables and what they were measured on. */
export function render(results: Results): string {
  const { rounds, idle } = results
  const parts = [
    circumstances(results),
    '**Speed**: from the first create to the last Ready',
    table(
      [...WHOSE, ...SPEED],
      rounds.map((round) => [...whose(round), ...speedRow(round, rounds)]),
    ),
    '**Cost**: API calls of the operator for each Callbot, and its memory',
    table(
      [...WHOSE, ...COST],
      rounds.map((round) => [...whose(round), ...costRow(round)]),
    ),
    '**Cold restart**: everything is there and right already',
    table([...WHOSE, 'at rest after s', ...QUIET], rounds.flatMap(restartRows)),
  ]
  for (const { contestant, callbots, during } of results.gaveUp)
    parts.push(`${contestant} at ${callbots} gave up in its ${during}.`)
  const work = peersWork(rounds)
  if (idle.length === 0) return [...parts, work].join('\n\n')
  const rows = idle.map((row) => [
    ...whose(row),
    String(row.seconds),
    ...quietRow(row.calls, row.cpuSeconds, row.rssMiB),
  ])
  return [...parts, '**Idle**: nothing changes', table([...WHOSE, 'window s', ...QUIET], rows), work].join('\n\n')
}

/** Whether the peers made the same objects as ours, field by field. */
export function peersWork(rounds: readonly Round[]): string {
  const ours = rounds.find(({ contestant }) => contestant === 'ours')
  const peers = ['go', 'kopf'].flatMap((name) => rounds.find(({ contestant }) => contestant === name) ?? [])
  if (ours === undefined || peers.length === 0) return ''
  const told = peers.map(({ contestant, work }) => {
    const paths = differences(ours.work, work)
    return paths.length === 0 ? `${contestant}: the same` : `${contestant}: they differ in ${paths.join(', ')}`
  })
  return `Children, route and status of a Callbot beside ours, field by field: ${told.join('; ')}.`
}

function circumstances({ date, machine, versions, kubernetes, options }: Results): string {
  return (
    `Measured on ${date} UTC on ${machine.cores} cores of ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}, ` +
    `Kubernetes ${kubernetes}. The API server, etcd, the loader and the stand-in share the cores with the operator. ` +
    `ours: ${versions.ours}. go: controller-runtime ${versions.go}. kopf: ${versions.kopf}. ` +
    `${options.concurrency} reconciles at a time, ${options.replicas} pods for each Callbot.`
  )
}

const [BEGIN, END] = ['<!-- bench-operator: begin -->', '<!-- bench-operator: end -->']

/** @throws when the page has no markers */
export function insertInto(page: string, text: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from)
    throw new Error(`docs/benchmarks.md needs the lines "${BEGIN}" and "${END}" around the table`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`
}
