/** Running other programs: output collected, errors name the command and have the end of its output. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'

export type Ran = { code: number; stdout: string; stderr: string }

export type RunOptions = {
  cwd?: string
  env?: Record<string, string>
  input?: string
  /** Append both streams to this file instead of collecting them (for long builds). */
  logFile?: string
  /** Ends the program when it aborts; it is waited for all the same. */
  signal?: AbortSignal
  /** What ends it, one signal after the other, a second apart; SIGTERM by default. */
  endBy?: readonly NodeJS.Signals[]
}

const BETWEEN_SIGNALS_MS = 1_000

/** Runs a program and resolves with its exit code and output; never rejects because of the exit code. */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const over = new AbortController()
    const out: Buffer[] = []
    const err: Buffer[] = []
    const log = options.logFile ? createWriteStream(options.logFile, { flags: 'a' }) : undefined
    child.stdout!.on('data', (chunk: Buffer) => (log ? log.write(chunk) : out.push(chunk)))
    child.stderr!.on('data', (chunk: Buffer) => {
      log?.write(chunk)
      err.push(chunk)
    })
    const end = async () => {
      for (const signal of options.endBy ?? ['SIGTERM']) {
        if (!child.kill(signal)) return
        await pause(BETWEEN_SIGNALS_MS)
      }
    }
    options.signal?.addEventListener('abort', () => void end(), { once: true, signal: over.signal })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      over.abort()
      log?.end()
      resolve({
        code: code ?? (signal ? 128 : 1),
        stdout: String(Buffer.concat(out)),
        stderr: String(Buffer.concat(err)),
      })
    })
    if (options.input !== undefined) child.stdin!.on('error', () => undefined).end(options.input)
  })
}

/**
 * Runs a program and resolves with its standard output.
 * @throws when it fails, with the command and the end of what it said.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await tryRun(command, args, options).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(cause.code === 'ENOENT' ? `${command}: not installed` : `${command}: ${cause.message}`, { cause })
  })
  if (ran.code === 0) return ran.stdout
  const said = (ran.stderr.trim() || ran.stdout.trim()).split('\n').slice(-12).join('\n')
  const where = options.logFile ? ` (all of it in ${options.logFile})` : ''
  throw new Error(`${command} ${args.join(' ')} failed with code ${ran.code}${where}:\n${said}`)
}

/**
 * Asks again until the answer is true.
 * @param seconds how long at most
 * @throws naming `what` and the last failure when the time is over
 */
export async function until(what: string, seconds: number, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  let last: unknown
  for (;;) {
    const asked = performance.now()
    try {
      if (await isSo()) return
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      const why = last instanceof Error ? `: ${last.message}` : ''
      throw new Error(`waited ${seconds} s in vain for ${what}${why}`, { cause: last })
    }
    await pause(untilNextLook(performance.now() - asked))
  }
}

/**
 * How long to wait before something is asked again that took so long to answer: a kubectl that is started over and over leaves the
 * machine no time for what it waits for. Milliseconds, both.
 */
export const untilNextLook = (took: number): number => Math.min(Math.max(25, 2 * took), 500)

/** Resolves after so many milliseconds. */
export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
