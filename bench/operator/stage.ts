/** A contestant with all that it needs around it: API server, stand-in, kinds. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repo } from '../../hack/cluster/settings.ts'
import { pause, until } from '../../hack/cluster/shell.ts'
import { mark } from './audit.ts'
import { createClient, type Client } from './client.ts'
import { standinCommand, type Contestant } from './contestants.ts'
import { OPERATOR_NAMESPACE } from './objects.ts'
import type { Options } from './options.ts'
import { assertRunning, start, usage, type Running, type Usage } from './process.ts'
import { startServer, type Server } from './server.ts'

export type Stage = {
  contestant: Contestant
  server: Server
  client: Client
  standin: Running
  operator: Running
  dir: string
}

/** Up to this share of a core a contestant is at rest. */
const REST = 0.05
export const LONGEST_UNREST_SECONDS = 300

export class NotSettled extends Error {}

/** Everything new, in a new folder. The contestant is at rest when it resolves. */
export async function setStage(contestant: Contestant, options: Options, dir: string): Promise<Stage> {
  const server = await startServer(dir)
  const client = createClient(server.kubeconfig('harness'))
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE } }
  await client.send('PATCH', `/api/v1/namespaces/${OPERATOR_NAMESPACE}?fieldManager=bench`, namespace)
  await installKinds(client)
  return startPlayers(contestant, server, client, options, dir)
}

/** The same stage again, on what is stored in its folder. */
export async function resumeStage(contestant: Contestant, options: Options, dir: string): Promise<Stage> {
  const server = await startServer(dir)
  const client = createClient(server.kubeconfig('harness'))
  await untilServed(client)
  return startPlayers(contestant, server, client, options, dir)
}

async function startPlayers(
  contestant: Contestant,
  server: Server,
  client: Client,
  options: Options,
  dir: string,
): Promise<Stage> {
  const standin = start('stand-in', standinCommand(server.kubeconfig('standin')), join(dir, 'standin.log'))
  const operator = startOperator({ contestant, server, dir }, options)
  const stage = { contestant, server, client, standin, operator, dir }
  await untilSettled(stage, 3).catch(async (error: unknown) => {
    await strike(stage)
    throw error
  })
  return stage
}

export function startOperator(stage: Pick<Stage, 'contestant' | 'server' | 'dir'>, options: Options): Running {
  const command = stage.contestant.command(stage.server, options.concurrency)
  return start(stage.contestant.name, command, join(stage.dir, 'operator.log'))
}

/** Ends all processes of a stage; its data stay in its folder. */
export async function strike(stage: Stage): Promise<void> {
  await stage.operator.stop()
  await stage.standin.stop()
  await stage.client.close()
  await stage.server.stop()
}

async function installKinds(client: Client): Promise<void> {
  const folder = join(repo, 'crds')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.callbots.dev.yaml'))) {
    const crd = parse(readFileSync(join(folder, file), 'utf8')) as { metadata: { name: string } }
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`
    await client.send('PATCH', `${path}?fieldManager=bench`, crd)
  }
  await untilServed(client)
}

/** A kind is served some seconds after its definition is there, also after a restart of the API server. */
async function untilServed(client: Client): Promise<void> {
  for (const plural of ['callbots', 'integrations', 'retentionpolicies', 'failoverdrills']) {
    const path = `/apis/callbots.dev/v1alpha1/${plural}?limit=1`
    await until(`the kind ${plural} to be served`, 30, async () => (await client.send('GET', path)) !== undefined)
  }
}

export type Snapshot = { operator: Usage; serverCpuSeconds: number; place: number }

/** What has been used and asked so far. */
export async function snapshot({ operator, server }: Stage): Promise<Snapshot> {
  const place = await mark(server.auditLog)
  const serverCpuSeconds = usage(server.api.pid).cpuSeconds + usage(server.etcd.pid).cpuSeconds
  return { operator: usage(operator.pid), serverCpuSeconds, place }
}

/**
 * Waits until the contestant has used next to no processor time, taken together, in `quietSeconds` on end. A collection of garbage
 * takes Go and Node some tenths of a second now and then, and is no work.
 * @returns when the quiet began, as performance.now()
 * @throws NoRest after LONGEST_UNREST_SECONDS
 */
export async function untilSettled(stage: Stage, quietSeconds: number): Promise<number> {
  const look = () => (assertAllRunning(stage), { at: performance.now(), spent: usage(stage.operator.pid).cpuSeconds })
  const looks = [look()]
  const deadline = performance.now() + LONGEST_UNREST_SECONDS * 1000
  while (performance.now() < deadline) {
    await pause(1000)
    const now = look()
    const since = looks.at(-quietSeconds)
    if (since !== undefined && now.spent - since.spent <= REST * quietSeconds) return since.at
    looks.push(now)
  }
  throw new NotSettled(`${stage.contestant.name} does not come to rest`)
}

/** @throws when any process of the stage is dead */
export function assertAllRunning({ server, standin, operator }: Stage): void {
  for (const it of [server.etcd, server.api, standin, operator]) assertRunning(it)
}
