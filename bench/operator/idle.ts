/** The window in which nothing happens: what a contestant asks of the API server then is what it costs all day. */
import { say } from '../../hack/cluster/progress.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { countCalls, type Calls } from './audit.ts'
import type { Attempt, Player } from './excuses.ts'
import { load, prepareNamespaces } from './load.ts'
import type { Options } from './options.ts'
import { assertAllRunning, resumeStage, snapshot, strike, untilSettled, type Stage } from './stage.ts'

export type Idle = {
  contestant: string
  callbots: number
  seconds: number
  cpuSeconds: number
  rssMiB: number
  calls: Calls
}

/** What a contestant's largest round left. */
export type Left = Player & { dir: string }

/** Each contestant on its own API server with what its largest round left there; all at the same time. A peer that can't is left out. */
export async function idleTogether(lefts: readonly Left[], options: Options, attempt: Attempt): Promise<Idle[]> {
  const windows = lefts.map((left) => attempt(left, 'idle window', () => idleAlone(left, options)))
  return (await Promise.all(windows)).filter((idle) => idle !== undefined)
}

async function idleAlone({ contestant, callbots, dir }: Left, options: Options): Promise<Idle> {
  const stage = await resumeStage(contestant, options, dir)
  try {
    await untilSettled(stage, options.settleSeconds)
    say(`${contestant.name} idle for ${options.idleSeconds} s`)
    const before = await snapshot(stage)
    await pause(options.idleSeconds * 1000)
    const after = await snapshot(stage)
    await assertStillWorks(stage, callbots, options)
    return {
      contestant: contestant.name,
      callbots,
      seconds: options.idleSeconds,
      cpuSeconds: after.operator.cpuSeconds - before.operator.cpuSeconds,
      rssMiB: after.operator.rssMiB,
      calls: await countCalls(stage.server.auditLog, before.place, after.place),
    }
  } finally {
    await strike(stage)
  }
}

/** Who makes no calls because it has stopped working is not frugal: one more Callbot must become Ready. */
async function assertStillWorks(stage: Stage, callbots: number, options: Options): Promise<void> {
  const range = { first: callbots, count: 1, replicas: options.replicas }
  await prepareNamespaces(stage.client, range)
  await load(
    stage.client,
    range,
    () => assertAllRunning(stage),
    () => undefined,
  )
}
