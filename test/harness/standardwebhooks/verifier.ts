/** Verifies signatures as a client in another language does: by the Python package of Standard Webhooks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pythonPackages } from '../../../hack/python.ts'

export interface PythonVerifier {
  isSigned(secret: string, text: string, headers: Readonly<Record<string, string>>): Promise<boolean>
  close(): Promise<void>
}

export async function startPythonVerifier(): Promise<PythonVerifier> {
  const here = import.meta.dirname
  const packages = await pythonPackages('standardwebhooks', 'standardwebhooks', join(here, 'requirements.txt'))
  const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' }
  const command = ['--pdeathsig', 'KILL', 'python3', '-s', join(here, 'verify.py')]
  const child = spawn('setpriv', command, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const waiting: ((verdict: boolean | Error) => void)[] = []
  // It answers in the order of the questions.
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.(line === 'true'))
  void ended.then(() => {
    for (const answer of waiting.splice(0)) answer(new Error('the verifier has ended'))
  })
  return {
    isSigned: (secret, text, headers) =>
      new Promise((resolve, reject) => {
        waiting.push((verdict) => (verdict instanceof Error ? reject(verdict) : resolve(verdict)))
        child.stdin.write(`${JSON.stringify({ secret, text, headers })}\n`)
      }),
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
