/** The verbs `drill run | list | report | abort | stop-all`, for people who have kubectl's rights and no wish to write manifests. */
import { writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { FailoverDrill, FailoverDrillInput } from '../api/failover-drill.ts'
import { connect, type Cluster } from './cluster.ts'
import { reportLines, titleOf } from './report.ts'
import { segmentsOf, timelineSvg } from './timeline.ts'

/** What the program ends with. */
const EXIT = { passed: 0, failed: 1 } as const
const LOOK_MS = 500

type Output = Pick<NodeJS.WritableStream, 'write'>

export interface RunOptions {
  readonly namespace: string
  readonly side: string
  readonly scenario: string
  readonly mode: string
  /** Percent. */
  readonly share?: string
  /** Seconds. */
  readonly hold?: string
  /** False: do not wait for the end. */
  readonly wait: boolean
}

/** Begins a drill, says which states it reaches, and reports its result. @returns the exit code: 0 when it passed, or was not waited for */
export const run = (integration: string, o: RunOptions, env: NodeJS.ProcessEnv, output: Output = process.stdout) =>
  inCluster(env, async (cluster) => {
    const name = await cluster.begin(o.namespace, {
      integrationRef: { name: integration },
      ...({ side: o.side, scenario: o.scenario, mode: o.mode } as Pick<
        FailoverDrillInput['spec'],
        'side' | 'scenario' | 'mode'
      >),
      ...(o.share !== undefined && { sharePercent: Number(o.share) }),
      ...(o.hold !== undefined && { holdSeconds: Number(o.hold) }),
    })
    output.write(`failoverdrill ${o.namespace}/${name} began\n`)
    if (!o.wait) return EXIT.passed
    const drill = await untilEnded(cluster, o.namespace, name, (state) => output.write(`  ${state}\n`))
    output.write(`\n${reportLines(drill).join('\n')}\n`)
    return drill.status?.verdict === 'Passed' ? EXIT.passed : EXIT.failed
  })

/** @returns the exit code */
export const list = (namespace: string | undefined, env: NodeJS.ProcessEnv, output: Output = process.stdout) =>
  inCluster(env, async (cluster) => {
    const drills = await cluster.list(namespace)
    const newestFirst = drills.toSorted((one, other) => startOf(other).localeCompare(startOf(one)))
    for (const drill of newestFirst) output.write(`${startOf(drill) || 'not started'}  ${titleOf(drill)}\n`)
    if (drills.length === 0) output.write(`there are no drills ${namespace === undefined ? '' : `in ${namespace}`}\n`)
    return EXIT.passed
  })

/** @param svg path of an image of the timeline. @returns the exit code: 0 when it passed */
export const report = (
  name: string,
  { namespace, svg }: { namespace: string; svg?: string },
  env: NodeJS.ProcessEnv,
  output: Output = process.stdout,
) =>
  inCluster(env, async (cluster) => {
    const drill = await cluster.get(namespace, name)
    output.write(`${reportLines(drill).join('\n')}\n`)
    if (svg !== undefined) await writeFile(svg, timelineSvg(titleOf(drill), segmentsOf(drill)))
    return drill.status?.verdict === 'Passed' ? EXIT.passed : EXIT.failed
  })

/** @returns the exit code */
export const abort = (name: string, namespace: string, env: NodeJS.ProcessEnv, output: Output = process.stdout) =>
  inCluster(env, async (cluster) => {
    await cluster.abort(namespace, name)
    const { status } = await untilEnded(cluster, namespace, name, () => undefined)
    output.write(`failoverdrill ${namespace}/${name} ended: ${status?.verdict}\n`)
    return EXIT.passed
  })

/** @param isOn false: drills may run again. @returns the exit code */
export const stopAll = (namespace: string, isOn: boolean, env: NodeJS.ProcessEnv, output: Output = process.stdout) =>
  inCluster(env, async (cluster) => {
    await cluster.stopAll(namespace, isOn)
    output.write(isOn ? 'all drills of the installation are stopped, and none begins\n' : 'drills may run again\n')
    return EXIT.passed
  })

const startOf = ({ status }: FailoverDrill) => status?.startedAt ?? ''

async function untilEnded(
  cluster: Cluster,
  namespace: string,
  name: string,
  reaches: (state: string) => void,
): Promise<FailoverDrill> {
  let known: string | undefined
  for (;;) {
    const drill = await cluster.get(namespace, name)
    const { state, verdict } = drill.status ?? {}
    if (state !== undefined && state !== known) reaches(state)
    known = state
    if (verdict !== undefined) return drill
    await pause(LOOK_MS)
  }
}

async function inCluster(env: NodeJS.ProcessEnv, work: (cluster: Cluster) => Promise<number>): Promise<number> {
  const cluster = await connect(env)
  try {
    return await work(cluster)
  } finally {
    await cluster.close()
  }
}
