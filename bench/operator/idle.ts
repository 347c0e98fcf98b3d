/** The window in which nothing happens: what a contestant asks of the API server then is what it costs all day. */
import { say } from '../../hack/cluster/progress.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { countCalls, type Calls } from './audit.ts'
import { CONTESTANTS } from './contestants.ts'
import { load, prepareNamespaces } from './load.ts'
import type { ContestantName, Options } from './options.ts'
import { allLive, resumeStage, snapshot, strike, untilSettled, type Stage } from './stage.ts'

export type Idle = {
  contestant: string
  callbots: number
  seconds: number
  cpuSeconds: number
  rssMiB: number
  calls: Calls
}

/** All contestants idle at the same time, each on its own API server with what its last round left there. */
export async function idleTogether(
  dirs: ReadonlyMap<ContestantName, string>,
  callbots: number,
  options: Options,
): Promise<Idle[]> {
  const stages: Stage[] = []
  try {
    for (const [name, dir] of dirs) stages.push(await resumeStage(CONTESTANTS[name], options, dir))
    await Promise.all(stages.map((stage) => untilSettled(stage, options.settleSeconds)))
    say(`all idle for ${options.idleSeconds} s`)
    const before = await Promise.all(stages.map(snapshot))
    await pause(options.idleSeconds * 1000)
    const after = await Promise.all(stages.map(snapshot))
    for (const stage of stages) await mustStillWork(stage, callbots, options)
    return await Promise.all(
      stages.map(async ({ contestant, server }, index) => ({
        contestant: contestant.name,
        callbots,
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
