import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DrillOrder } from '../../src/rules/drill/order.ts'
import { EDGE_NAME, type EdgeRig } from './edge-rig.ts'

const OBSERVER = 'callbot-operator.callbot-system.svc'

export interface Told {
  status: number
  nonce: string
  because?: string
}

/** An edge's agent for drills (edge-agent-process.ts), and the operator who orders there over mTLS. */
export interface EdgeAgent {
  /** The nonce that the operator would read now. */
  nonce(): Promise<string>
  /** Resolves with undefined when no answer comes within so many milliseconds. */
  order(order: DrillOrder, withinMs?: number): Promise<Told | undefined>
  signal(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

export async function startEdgeAgent(rig: EdgeRig): Promise<EdgeAgent> {
  const program = join(import.meta.dirname, 'edge-agent-process.ts')
  const command = [process.execPath, program, rig.folder, rig.ownFolder, rig.address, OBSERVER]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { port } = JSON.parse(line) as { port: number }
  const tls = { ...rig.authority.issue([OBSERVER]), ca: rig.authority.cert, servername: EDGE_NAME }
  const ask = (method: string, path: string, body?: string, withinMs = 3_000) =>
    new Promise<Told | undefined>((resolve) => {
      const asked = request({ ...tls, host: rig.address, port, method, path, agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => resolve({ ...JSON.parse(text), status: response.statusCode }))
      })
      asked.on('error', () => resolve(undefined))
      setTimeout(() => resolve(undefined), withinMs)
      asked.end(body)
    })
  return {
    nonce: async () => (await ask('GET', '/state'))!.nonce,
    order: (order, withinMs) => ask('PUT', '/drill', JSON.stringify(order), withinMs),
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
