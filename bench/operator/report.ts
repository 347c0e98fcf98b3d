/** The figures as people read them. Pure. */
import type { Machine } from '../../hack/evidence.ts'
import type { GaveUp } from './excuses.ts'
import type { Idle } from './idle.ts'
import type { Round } from './measure.ts'
import { cellsOf, COST, IDLE, RESTART, SPEED, type Group } from './measures.ts'
import type { ContestantName } from './options.ts'
import { LONGEST_UNREST_SECONDS } from './stage.ts'
import { differences } from './work.ts'

export type Results = {
  at: string
  machine: Machine
  versions: Record<ContestantName, string>
  kubernetes: string
  options: { concurrency: number; replicas: number; idleSeconds: number; settleSeconds: number }
  rounds: Round[]
  gaveUp: GaveUp[]
  idle: Idle[]
}

const whose = (row: { callbots: number; contestant: string }) => [String(row.callbots), row.contestant]

function tableOf<Row extends { callbots: number; contestant: string }>(
  group: Group<Row>,
  rows: readonly Row[],
  rounds: readonly Round[] = [],
): string {
  const head = ['Callbots', 'Operator', ...group.measures.map(({ title }) => title)]
  const cells = rows.map((row) => [...whose(row), ...cellsOf(group, row, rounds)])
  return `${group.title}\n\n${table(head, cells)}`
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
  const restarted = rounds.filter(({ restart }) => restart !== undefined)
  const restless = restarted.filter(({ restart }) => restart!.seconds === undefined)
  const parts = [
    circumstances(results),
    tableOf(SPEED, rounds, rounds),
    tableOf(COST, rounds),
    tableOf(RESTART, restarted),
    ...restless.map((row) => `${whose(row).reverse().join(' at ')} was not at rest after ${LONGEST_UNREST_SECONDS} s.`),
    ...results.gaveUp.map((gone) => `${gone.contestant} at ${gone.callbots} gave up in its ${gone.during}.`),
    ...(idle.length === 0 ? [] : [tableOf(IDLE, idle)]),
    peersWork(rounds),
  ]
  return parts.join('\n\n')
}

/** Whether the peers made the same objects as ours, field by field. */
export function peersWork(rounds: readonly Round[]): string {
  const ours = rounds.find(({ contestant }) => contestant === 'ours')
  const peers = ['go', 'kopf'].flatMap((name) => rounds.find(({ contestant }) => contestant === name) ?? [])
  if (ours === undefined || peers.length === 0) return ''
  const lines = peers.map(({ contestant, work }) => {
    const paths = differences(ours.work, work)
    return paths.length === 0 ? `${contestant}: the same` : `${contestant}: they differ in ${paths.join(', ')}`
  })
  return `Children, route and status of a Callbot beside ours, field by field: ${lines.join('; ')}.`
}

/** What ran, beside whatever the machine is. */
export const playersOf = ({ versions, kubernetes, options }: Omit<Results, 'machine' | 'at'>): string =>
  `Kubernetes ${kubernetes}. ours: ${versions.ours}. go: controller-runtime ${versions.go}. kopf: ${versions.kopf}. ` +
  `${options.concurrency} reconciles at a time, ${options.replicas} pods for each Callbot.`

function circumstances({ at, machine, ...results }: Results): string {
  return (
    `Measured on ${at.slice(0, 16).replace('T', ' ')} UTC on ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, ` +
    `${machine.system}. The API server, etcd, the loader and the stand-in share the cores with the operator. ${playersOf(results)}`
  )
}
