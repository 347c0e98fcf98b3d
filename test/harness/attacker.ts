import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { join } from 'node:path'

/** Starts attacker-process.ts; returns what ends it. */
export async function attack(o: { port: number; kind: string; addresses: number; each: number }) {
  const script = join(import.meta.dirname, 'attacker-process.ts')
  const args = [o.port, o.kind, o.addresses, o.each].map(String)
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

/** One probe as a kubelet makes it: a connection of its own, no certificate. Resolves with status and milliseconds. */
export function probeOnce(o: { port: number; path: string; secure?: boolean; timeoutMs?: number; as?: object }) {
  const begun = performance.now()
  return new Promise<{ status: number | string; ms: number }>((resolve) => {
    const end = (status: number | string) => resolve({ status, ms: performance.now() - begun })
    const target = { host: '127.0.0.1', port: o.port, path: o.path, agent: false, rejectUnauthorized: false, ...o.as }
    const asked = (o.secure === false ? requestPlain : requestSecure)(target as object)
    const deadline = setTimeout(() => asked.destroy(new Error('no answer in time')), o.timeoutMs ?? 1_000)
    asked.on('error', (error: Error) => (clearTimeout(deadline), end(error.message)))
    asked.on('response', (response) => {
      clearTimeout(deadline)
      response.resume()
      end(response.statusCode ?? 0)
    })
    asked.end()
  })
}
