import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a contender said: see dot-i-process.ts. */
export interface Said {
  ready?: boolean
  told?: string
  handled?: string
  name?: string
  label?: string
  status?: boolean
  logged?: string
  exit?: number
}

export interface Contender {
  said: Said[]
  /** Undefined while it runs. */
  exitCode(): number | undefined
  /** CPU seconds are not compared: both wait most of the time. */
  stop(): Promise<void>
}

/** Starts one as a process of its own, for its way of failing may be to end the process. */
export async function startContender(program: string, env: NodeJS.ProcessEnv): Promise<Contender> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Said[] = []
  let code: number | undefined
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.once('exit', (status) => (code = status ?? -1))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const what = JSON.parse(line) as Said
      said.push(what)
      if (what.ready) resolve()
    })
    child.once('exit', () => reject(new Error(`${program} ended before it was ready: ${errors}`)))
  })
  return {
    said,
    exitCode: () => code,
    async stop() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
