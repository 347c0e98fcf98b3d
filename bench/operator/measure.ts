/** One contestant, one size: load, settle, cold restart. */
import { say } from '../../hack/cluster/progress.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { countCalls, mark, type Calls } from './audit.ts'
import type { Attempt } from './excuses.ts'
import type { Left } from './idle.ts'
import { load, prepareNamespaces, type Load } from './load.ts'
import type { Options } from './options.ts'
import { usage } from './process.ts'
import { checkSameWork } from './same-work.ts'
import {
  assertAllRunning,
  NotSettled,
  setStage,
  snapshot,
  startOperator,
  strike,
  untilSettled,
  type Stage,
} from './stage.ts'
import type { Work } from './work.ts'

export type Round = {
  contestant: string
  callbots: number
  /** From the first create to the last Ready. */
  seconds: number
  createSeconds: number
  callbotsPerSecond: number
  readyMilliseconds: { p50: number; p95: number; p99: number; max: number }
  /** Processor time of the contestant until all was settled, and of API server and etcd meanwhile. */
  cpuSeconds: number
  serverCpuSeconds: number
  peakRssMiB: number
  settledRssMiB: number
  settledAnonMiB: number
  calls: Calls
  /** Undefined: the contestant gave up in it. */
  restart: Restart | undefined
  work: Work
}

/** A start with everything there and right. `seconds`: from the start to rest; undefined when it did not come in time. */
export type Restart = {
  seconds: number | undefined
  cpuSeconds: number
  peakRssMiB: number
  settledRssMiB: number
  calls: Calls
}

/** Fresh server, stand-in and contestant; then what is measured of them. Undefined: a peer could not. */
export async function playRound({ contestant, callbots, dir }: Left, options: Options, attempt: Attempt) {
  const player = { contestant, callbots }
  const stage = await attempt(player, 'load', () => setStage(contestant, options, dir))
  if (stage === undefined) return undefined
  try {
    const made = await attempt(player, 'load', () => makeAll(stage, callbots, options))
    if (made === undefined) return undefined
    const restart = await attempt(player, 'cold restart', () => restartCold(stage, options))
    return { contestant: contestant.name, callbots, ...made, restart } satisfies Round
  } finally {
    await strike(stage)
  }
}

async function makeAll(stage: Stage, count: number, options: Options) {
  const title = `${stage.contestant.name} at ${count}`
  const range = { first: 0, count, replicas: options.replicas }
  await prepareNamespaces(stage.client, range)
  await untilSettled(stage, 3)
  const before = await snapshot(stage)
  const loaded = await load(stage.client, range, () => assertAllRunning(stage), everyFewSeconds(title, count))
  say(`${title}: all Ready after ${loaded.seconds.toFixed(1)} s, settling`)
  await untilSettled(stage, options.settleSeconds)
  const after = await snapshot(stage)
  const work = await checkSameWork(stage.client, range)
  return {
    ...speed(count, loaded),
    work,
    cpuSeconds: after.operator.cpuSeconds - before.operator.cpuSeconds,
    serverCpuSeconds: after.serverCpuSeconds - before.serverCpuSeconds,
    peakRssMiB: after.operator.peakRssMiB,
    settledRssMiB: after.operator.rssMiB,
    settledAnonMiB: after.operator.anonMiB,
    calls: await countCalls(stage.server.auditLog, before.place, after.place),
  }
}

/** `readyMilliseconds` are sorted, so a percentile is a place in them. */
function speed(count: number, { seconds, createSeconds, readyMilliseconds: spans }: Load) {
  const at = (share: number) => spans[Math.ceil(spans.length * share) - 1]!
  const readyMilliseconds = { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
  return { seconds, createSeconds, callbotsPerSecond: count / seconds, readyMilliseconds }
}

async function restartCold(stage: Stage, options: Options): Promise<Restart> {
  await stage.operator.stop()
  const from = await mark(stage.server.auditLog)
  const started = performance.now()
  stage.operator = startOperator(stage, options)
  const seconds = await untilSettled(stage, 5).then((at) => (at - started) / 1000, onlyNoRest)
  await pause(options.settleSeconds * 1000)
  const calls = await countCalls(stage.server.auditLog, from, await mark(stage.server.auditLog))
  const { cpuSeconds, peakRssMiB, rssMiB } = usage(stage.operator.pid)
  return { seconds, cpuSeconds, peakRssMiB, settledRssMiB: rssMiB, calls }
}

function onlyNoRest(error: unknown): undefined {
  if (!(error instanceof NotSettled)) throw error
  say(error.message)
}

function everyFewSeconds(title: string, count: number): (ready: number) => void {
  let last = performance.now()
  return (ready) => {
    if (performance.now() - last < 5000) return
    last = performance.now()
    say(`${title}: ${ready} of ${count} Ready`)
  }
}
