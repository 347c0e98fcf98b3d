import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { eventually } from './eventually.ts'

/** What a pod does at an INVITE: a status to answer, a wait, its own SIGKILL, a BYE. See scripted-pod-process.ts. */
export type Script = (number | 'die' | 'bye' | 'bye-elsewhere' | { wait: number })[]

export interface ScriptedPod {
  address: string
  /** What happened to it, in order: `{ method, uri, routes, call, words }`. */
  events: Record<string, string>[]
  signal(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

/** A bot pod that plays a script (scripted-pod-process.ts), at port 5061 of a loopback address. */
export async function startScriptedPod(address: string, tlsFolder: string, script: Script): Promise<ScriptedPod> {
  const program = join(import.meta.dirname, 'scripted-pod-process.ts')
  const command = [process.execPath, program, address, '5061', tlsFolder, JSON.stringify(script)]
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const events: Record<string, string>[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => events.push(JSON.parse(line)))
  await eventually(() => {
    if (!events.some((event) => event.ready)) throw new Error(`the pod at ${address} does not run`)
  }, 30)
  return {
    address,
    events,
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
