/** How the route of an Integration changes, as kubectl shows it while it watches, and as events report it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { binary, kubernetes } from '../../hack/cluster/binaries.ts'
import { kubeconfigPath } from '../../hack/cluster/faults.ts'
import { eventually } from './eventually.ts'
import { kubeJson } from './three-zones.ts'

/** What kubectl showed at a moment of performance.now(). */
export interface RouteLine {
  at: number
  /** The column SIP-ROUTE. */
  route: string
  /** Why Ready is as it is. */
  reason: string
}

export interface RouteWatch {
  /** All that was different from the line before. The first is how it was. */
  readonly lines: readonly RouteLine[]
  /** Seconds from that moment of performance.now() until the route was shown; waits for it. */
  secondsUntil(route: string, since: number, retrySeconds: number): Promise<number>
  stop(): void
}

const COLUMNS = '{.status.sipRoute} {.status.conditions[?(@.type=="Ready")].reason}{"\\n"}'

/** Resolves when kubectl has shown the present one. */
export async function watchRoute(namespace: string, name: string): Promise<RouteWatch> {
  const get = ['get', 'integration', name, '-n', namespace, '--watch', '-o', `jsonpath=${COLUMNS}`]
  const command = [binary(kubernetes, 'kubectl'), '--kubeconfig', kubeconfigPath(), ...get]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: RouteLine[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [route = '', reason = ''] = line.split(' ')
    const last = lines.at(-1)
    if (last?.route !== route || last.reason !== reason) lines.push({ at: performance.now(), route, reason })
  })
  const watch: RouteWatch = {
    lines,
    async secondsUntil(route, since, retrySeconds) {
      const told = () => lines.find((line) => line.at >= since && line.route === route)
      await eventually(() => {
        if (told() === undefined) throw new Error(`kubectl shows no ${route}, the last is ${lines.at(-1)?.route}`)
      }, retrySeconds)
      return (told()!.at - since) / 1_000
    },
    stop: () => void child.kill(),
  }
  await eventually(() => {
    if (lines.length === 0) throw new Error('kubectl tells nothing')
  })
  return watch
}

type Counts = Record<string, number>

/** How often each reason was come to: each time is one event. That nobody knows the route for a moment is none, nor that all is well after that. */
export const changesByReason = (lines: readonly RouteLine[]): Counts =>
  sum(
    lines.slice(1).flatMap(({ reason }, index) => {
      const isWellAgain = lines[index]!.reason === 'RouteUnknown' && reason === 'RouteAnswers'
      return reason === 'RouteUnknown' || isWellAgain ? [] : [[reason, 1] as const]
    }),
  )

/** How often events about the Integration reported each reason. What repeats is a count in one event, written up to 30 s later. */
export async function eventsByReason(namespace: string, name: string): Promise<Counts> {
  const { items } = await kubeJson<{ items: ReportedEvent[] }>('get', 'events.events.k8s.io', '-n', namespace)
  const about = items.filter(({ regarding }) => regarding?.kind === 'Integration' && regarding.name === name)
  return sum(about.map(({ reason, series }) => [reason, series?.count ?? 1]))
}

interface ReportedEvent {
  regarding?: { kind: string; name: string }
  reason: string
  series?: { count: number }
}

/** Adds up what has the same name. */
export const sum = (counts: readonly (readonly [string, number])[]): Counts =>
  counts.reduce<Counts>((all, [name, count]) => ({ ...all, [name]: (all[name] ?? 0) + count }), {})
