import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestApiServer } from './api-server.ts'
import { startOperatorPod, type OperatorPod } from './operator-pods.ts'

/** What an elector process reported, and when the test received it (performance.now). */
export interface ElectorEvent {
  pod: string
  event: 'leads' | 'stands by' | 'wrote' | 'refused' | 'failed'
  at: number
  leads?: boolean
  term?: number
  version?: string
}

/** A real process of the operator's account, in the name of a pod that the API server knows. */
export interface ElectorProcess {
  pod: string
  told: ElectorEvent[]
  child: ChildProcess
  /** The first event of this kind from now on. */
  next(event: ElectorEvent['event'], seconds?: number): Promise<ElectorEvent>
  exited: Promise<number | null>
}

const pods = new Map<string, OperatorPod>()

/** Starts it, again when it was started before: the same pod then, as a container that is restarted. */
export async function startElector(api: TestApiServer, name: string): Promise<ElectorProcess> {
  const pod = pods.get(name) ?? (await startOperatorPod(api, name))
  pods.set(name, pod)
  const caFile = join(dirname(api.kubeconfig), 'elector-ca.pem')
  writeFileSync(caFile, (await api.config.readTls()).ca!)
  const env = { ...process.env, SERVER: api.server, CA_FILE: caFile, TOKEN: pod.token, POD_NAME: name }
  const script = join(import.meta.dirname, 'elector-process.ts')
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const told: ElectorEvent[] = []
  const waiting = new Set<(line: ElectorEvent) => void>()
  createInterface({ input: child.stdout! }).on('line', (text) => {
    const line: ElectorEvent = { ...JSON.parse(text), at: performance.now() }
    told.push(line)
    for (const hear of waiting) hear(line)
  })
  const next = (event: ElectorEvent['event'], seconds = 20) =>
    new Promise<ElectorEvent>((resolve, reject) => {
      const hear = (line: ElectorEvent) => line.event === event && done(() => resolve(line))
      const timer = setTimeout(
        () => done(() => reject(new Error(`${name} did not tell "${event}" within ${seconds} s`))),
        seconds * 1000,
      )
      const done = (end: () => void) => (waiting.delete(hear), clearTimeout(timer), end())
      waiting.add(hear)
    })
  return { pod: name, told, child, next, exited: new Promise((resolve) => child.once('exit', resolve)) }
}

/** Closes what was opened for the pods of this test run. */
export async function forgetPods(): Promise<void> {
  await Promise.all([...pods.values()].map((pod) => pod.close()))
  pods.clear()
}
