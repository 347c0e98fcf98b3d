/** The window in which nothing happens: what a contestant asks of the API server then is what it costs all day. */
import { say } from '../../hack/cluster/progress.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { countCalls, type Calls } from './audit.ts'
import type { Contestant } from './contestants.ts'
import { load, prepareNamespaces } from './load.ts'
import type { Options } from './options.ts'
import { allLive, resumeStage, snapshot, strike, untilSettled, type Stage } from './stage.ts'

export type Idle = {
  contestant: string
  callbots: number
  seconds: number
  cpuSeconds: number
  rssMiB: number
  calls: Calls
}

/** What a contestant's largest round left. */
export type Left = { contestant: Contestant; callbots: number; dir: string }

/** All contestants idle at the same time, each on its own API server with what its largest round left there. */
export async function idleTogether(lefts: readonly Left[], options: Options): Promise<Idle[]> {
  const stages: Stage[] = []
  try {
    for (const { contestant, dir } of lefts) stages.push(await resumeStage(contestant, options, dir))
    await Promise.all(stages.map((stage) => untilSettled(stage, options.settleSeconds)))
    say(`all idle for ${options.idleSeconds} s`)
    const before = await Promise.all(stages.map(snapshot))
    await pause(options.idleSeconds * 1000)
    const after = await Promise.all(stages.map(snapshot))
    for (const [index, stage] of stages.entries()) await mustStillWork(stage, lefts[index]!.callbots, options)
    return await Promise.all(
      stages.map(async ({ contestant, server }, index) => ({
        contestant: contestant.name,
        callbots: lefts[index]!.callbots,
        seconds: options.idleSeconds,
        cpuSeconds: after[index]!.operator.cpuSeconds - before[index]!.operator.cpuSeconds,
        rssMiB: after[index]!.operator.rssMiB,
        calls: await countCalls(server.auditLog, before[index]!.place, after[index]!.place),
      })),
    )
  } finally {
    for (const stage of stages) await strike(stage)
  }
}

/** Who makes no calls because it has stopped working is not frugal: one more Callbot must become Ready. */
async function mustStillWork(stage: Stage, callbots: number, options: Options): Promise<void> {
  const range = { first: callbots, count: 1, replicas: options.replicas }
  await prepareNamespaces(stage.client, range)
  await load(
    stage.client,
    range,
    () => allLive(stage),
    () => undefined,
  )
}
