/** Makes the Callbots and sees them become Ready. */
import { pause } from '../../hack/cluster/shell.ts'
import type { Client, WatchEvent } from './client.ts'
import { API, callbot, CALLBOTS, integration, nameOf, namespaceOf } from './objects.ts'

/** Callbots created at the same time. */
const LOADERS = 16
const PATIENCE_SECONDS = 120

export type Range = { first: number; count: number; replicas: number }

export type Load = {
  /** From the first create to the last Ready. */
  seconds: number
  /** From the first create to the answer to the last: the loader's own pace. */
  createSeconds: number
  /** Create sent -> Ready seen, of each Callbot, in order of length. */
  readyMilliseconds: number[]
}

/** Makes the namespaces and Integrations that these Callbots need. */
export async function prepareNamespaces(client: Client, { first, count }: Range): Promise<void> {
  const names = new Set(Array.from({ length: count }, (_, index) => namespaceOf(first + index)))
  for (const name of names) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    await client.send('PATCH', `/api/v1/namespaces/${name}?fieldManager=bench`, namespace)
    await client.send('PATCH', `${API}/namespaces/${name}/integrations/crm?fieldManager=bench`, integration(name))
  }
}

/**
 * Creates Callbots and waits until all are Ready.
 * @param alive throws when there is no use in waiting any more
 * @throws when no Callbot changed for two minutes, naming one that is not Ready
 */
export async function load(
  client: Client,
  range: Range,
  alive: () => void,
  progress: (ready: number) => void,
): Promise<Load> {
  const { metadata } = (await client.send('GET', `${CALLBOTS}?limit=1`)) as { metadata: { resourceVersion: string } }
  const abort = new AbortController()
  const created = new Map<string, number>()
  const readyAt = new Map<string, number>()
  const news = { count: 0 }
  const watching = watchReady(client, metadata.resourceVersion, abort.signal, created, readyAt, news)
  const started = performance.now()
  try {
    await Promise.race([createAll(client, range, created), watching])
    const createSeconds = (performance.now() - started) / 1000
    await Promise.race([untilAllReady(range, readyAt, news, alive, progress), watching])
    const last = Math.max(...readyAt.values())
    const spans = [...readyAt].map(([name, at]) => at - created.get(name)!)
    return { seconds: (last - started) / 1000, createSeconds, readyMilliseconds: spans.sort((a, b) => a - b) }
  } finally {
    abort.abort()
    await watching.catch(() => undefined)
  }
}

async function createAll(
  client: Client,
  { first, count, replicas }: Range,
  created: Map<string, number>,
): Promise<void> {
  let next = first
  const one = async () => {
    while (next < first + count) {
      const index = next++
      const body = callbot(index, replicas)
      created.set(nameOf(index), performance.now())
      await client.send('POST', `${API}/namespaces/${namespaceOf(index)}/callbots`, body)
    }
  }
  await Promise.all(Array.from({ length: LOADERS }, one))
}

/** Notes when each created Callbot is first seen Ready. Ends with the signal; anything else is an error. */
async function watchReady(
  client: Client,
  resourceVersion: string,
  signal: AbortSignal,
  created: ReadonlyMap<string, number>,
  readyAt: Map<string, number>,
  news: { count: number },
): Promise<void> {
  let newest = resourceVersion
  try {
    // An API server that is short of time hangs up on watchers: go on where it ended.
    while (!signal.aborted) {
      for await (const event of client.watch(CALLBOTS, newest, signal)) {
        news.count += 1
        const { metadata, ready } = seen(event)
        newest = metadata.resourceVersion
        const name = metadata.name
        if (ready && created.has(name) && !readyAt.has(name)) readyAt.set(name, performance.now())
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

type Seen = {
  metadata: { name: string; generation: number; resourceVersion: string }
  status?: { observedGeneration?: number; conditions?: { type: string; status: string }[] }
}

/** What an event contains: the Callbot, and whether it is Ready in its newest generation. */
export function seen({ type, object }: WatchEvent): Seen & { ready: boolean } {
  if (type === 'ERROR') throw new Error(`the watch on Callbots failed: ${JSON.stringify(object)}`)
  const callbot = object as unknown as Seen
  const { metadata, status } = callbot
  const current = status !== undefined && status.observedGeneration === metadata.generation
  const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  return { ...callbot, ready: current && ready === true }
}

async function untilAllReady(
  { first, count }: Range,
  readyAt: ReadonlyMap<string, number>,
  news: { count: number },
  alive: () => void,
  progress: (ready: number) => void,
): Promise<void> {
  let [before, since] = [-1, performance.now()]
  for (; readyAt.size < count; await pause(20)) {
    alive()
    if (news.count !== before) [before, since] = [news.count, performance.now()]
    progress(readyAt.size)
    if (performance.now() - since > PATIENCE_SECONDS * 1000) {
      const index = Array.from({ length: count }, (_, each) => first + each).find((each) => !readyAt.has(nameOf(each)))!
      throw new Error(`only ${readyAt.size} of ${count} are Ready; ${namespaceOf(index)}/${nameOf(index)} is not`)
    }
  }
}
