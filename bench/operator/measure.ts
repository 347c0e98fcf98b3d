/** One contestant, one size: load, settle, cold restart. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { say } from '../../hack/cluster/progress.ts'
import { repo } from '../../hack/cluster/settings.ts'
import { pause, until } from '../../hack/cluster/shell.ts'
import { countCalls, mark, type Calls } from './audit.ts'
import { createClient, type Client } from './client.ts'
import { standinCommand, type Contestant } from './contestants.ts'
import { load, prepareNamespaces, type Load } from './load.ts'
import { OPERATOR_NAMESPACE } from './objects.ts'
import type { Options } from './options.ts'
import { mustLive, start, usage, type Running } from './process.ts'
import { checkSameWork } from './same-work.ts'
import { startServer, type Server } from './server.ts'

export type Round = {
  contestant: string
  callbots: number
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
  restart: Restart
}

export type Restart = { seconds: number; cpuSeconds: number; peakRssMiB: number; settledRssMiB: number; calls: Calls }

/** A contestant on its server, with everything made and settled. */
export type Stage = {
  contestant: Contestant
  server: Server
  client: Client
  standin: Running
  operator: Running
  dir: string
}

/** Fresh server, stand-in and contestant; then what is measured of them. The stage is left running. */
export async function playRound(
  contestant: Contestant,
  count: number,
  options: Options,
  dir: string,
): Promise<[Round, Stage]> {
  const title = `${contestant.name} at ${count}`
  const stage = await setStage(contestant, options, dir)
  try {
    const range = { first: 0, count, replicas: options.replicas }
    await prepareNamespaces(stage.client, range)
    await untilSettled(stage, 3)
    const [before, serverBefore, from] = [
      usage(stage.operator.pid),
      serverCpu(stage.server),
      await mark(stage.server.auditLog),
    ]
    const loaded = await load(stage.client, range, () => allLive(stage), everyFewSeconds(title, count))
    say(`${title}: all Ready after ${loaded.seconds.toFixed(1)} s, settling`)
    await untilSettled(stage, options.settleSeconds)
    const [after, serverAfter, to] = [
      usage(stage.operator.pid),
      serverCpu(stage.server),
      await mark(stage.server.auditLog),
    ]
    const calls = await countCalls(stage.server.auditLog, from, to)
    await checkSameWork(stage.client, range)
    const restart = await restartCold(stage, options)
    const round = { ...figures(contestant, count, loaded), cpuSeconds: after.cpuSeconds - before.cpuSeconds }
    const memory = { peakRssMiB: after.peakRssMiB, settledRssMiB: after.rssMiB, settledAnonMiB: after.anonMiB }
    return [{ ...round, ...memory, serverCpuSeconds: serverAfter - serverBefore, calls, restart }, stage]
  } catch (error) {
    await strike(stage)
    throw error
  }
}

function figures(contestant: Contestant, count: number, loaded: Load) {
  const at = (share: number) => loaded.readyMilliseconds[Math.ceil(loaded.readyMilliseconds.length * share) - 1]!
  return {
    contestant: contestant.name,
    callbots: count,
    seconds: loaded.seconds,
    createSeconds: loaded.createSeconds,
    callbotsPerSecond: count / loaded.seconds,
    readyMilliseconds: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  }
}

async function setStage(contestant: Contestant, options: Options, dir: string): Promise<Stage> {
  const server = await startServer(dir)
  const client = createClient(server.kubeconfig('harness'))
  await client.send('PATCH', `/api/v1/namespaces/${OPERATOR_NAMESPACE}?fieldManager=bench`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: OPERATOR_NAMESPACE },
  })
  await installKinds(client)
  return startPlayers(contestant, server, client, options, dir)
}

/** Starts the same stage again on what is stored in its folder. */
export async function resumeStage(contestant: Contestant, options: Options, dir: string): Promise<Stage> {
  const server = await startServer(dir)
  return startPlayers(contestant, server, createClient(server.kubeconfig('harness')), options, dir)
}

async function startPlayers(
  contestant: Contestant,
  server: Server,
  client: Client,
  options: Options,
  dir: string,
): Promise<Stage> {
  const standin = start('stand-in', standinCommand(server.kubeconfig('standin')), join(dir, 'standin.log'))
  const operator = startOperator(contestant, server, options, dir)
  const stage = { contestant, server, client, standin, operator, dir }
  await untilSettled(stage, 3).catch(async (error: unknown) => {
    await strike(stage)
    throw error
  })
  return stage
}

const startOperator = (contestant: Contestant, server: Server, options: Options, dir: string) =>
  start(
    contestant.name,
    contestant.command(server.kubeconfig('contestant'), options.concurrency),
    join(dir, 'operator.log'),
  )

/** Ends all processes of a stage; `forGood` removes its data too. */
export async function strike(stage: Stage, forGood = false): Promise<void> {
  await stage.operator.stop()
  await stage.standin.stop()
  await stage.client.close()
  await stage.server.stop()
  if (forGood) rmSync(stage.dir, { recursive: true, force: true })
}

async function installKinds(client: Client): Promise<void> {
  const folder = join(repo, 'crds')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.callbots.dev.yaml'))) {
    const crd = parse(readFileSync(join(folder, file), 'utf8')) as { metadata: { name: string } }
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`
    await client.send('PATCH', `${path}?fieldManager=bench`, crd)
  }
  for (const plural of ['callbots', 'integrations']) {
    const path = `/apis/callbots.dev/v1alpha1/${plural}?limit=1`
    await until(`the kind ${plural} to be served`, 30, async () => (await client.send('GET', path)) !== undefined)
  }
}

/** The contestant ends and starts anew, with everything there and right. */
async function restartCold(stage: Stage, options: Options): Promise<Restart> {
  await stage.operator.stop()
  const from = await mark(stage.server.auditLog)
  const started = performance.now()
  stage.operator = startOperator(stage.contestant, stage.server, options, stage.dir)
  const seconds = (await untilSettled(stage, 5)) - started
  await pause(options.settleSeconds * 1000)
  const calls = await countCalls(stage.server.auditLog, from, await mark(stage.server.auditLog))
  const { cpuSeconds, peakRssMiB, rssMiB } = usage(stage.operator.pid)
  return { seconds: seconds / 1000, cpuSeconds, peakRssMiB, settledRssMiB: rssMiB, calls }
}

/**
 * Waits until the contestant has used less than 5 % of a core for `quietSeconds` on end (at least 3 s after its start).
 * @returns when the quiet began
 */
export async function untilSettled(stage: Stage, quietSeconds: number): Promise<number> {
  const deadline = performance.now() + 300_000
  let [since, before] = [performance.now(), usageOf(stage)]
  while (performance.now() - since < quietSeconds * 1000) {
    await pause(500)
    allLive(stage)
    const now = usageOf(stage)
    if (now - before > 0.025) since = performance.now()
    before = now
    if (performance.now() > deadline) throw new Error(`${stage.contestant.name} does not come to rest`)
  }
  return since
}

function usageOf(stage: Stage): number {
  allLive(stage)
  return usage(stage.operator.pid).cpuSeconds
}

const serverCpu = ({ api, etcd }: Server) => usage(api.pid).cpuSeconds + usage(etcd.pid).cpuSeconds

function allLive({ server, standin, operator }: Stage): void {
  for (const it of [server.etcd, server.api, standin, operator]) mustLive(it)
}

function everyFewSeconds(title: string, count: number): (ready: number) => void {
  let last = performance.now()
  return (ready) => {
    if (performance.now() - last < 5000) return
    last = performance.now()
    say(`${title}: ${ready} of ${count} Ready`)
  }
}
