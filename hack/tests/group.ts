/** One mocha over some files, as a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Summary } from './summary.ts'

/** The variable with the path of the summary that the reporter writes. */
export const SUMMARY_FILE = 'TEST_SUMMARY_FILE'

export interface GroupOptions {
  /** Stands before each line, when others print at the same time. */
  name?: string
  /** Variables beside our own. */
  env?: NodeJS.ProcessEnv
}

/** Runs them, with their output on ours. */
export async function runGroup(files: readonly string[], { name, env: more }: GroupOptions = {}): Promise<Summary> {
  if (files.length === 0) return {}
  const folder = mkdtempSync(join(tmpdir(), 'callbot-tests-'))
  const path = join(folder, 'summary.json')
  try {
    const env = { ...process.env, ...more, [SUMMARY_FILE]: path }
    const child = spawn('mocha', files, {
      env,
      stdio: name === undefined ? 'inherit' : ['inherit', 'pipe', 'pipe'],
    })
    const end = (signal: NodeJS.Signals) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
    for (const stream of [child.stdout, child.stderr]) if (stream) prefix(stream, name!)
    const code = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status, signal) => resolve(status ?? signal ?? 1))
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
    return read(path) ?? endedEarly(files, code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function prefix(stream: NodeJS.ReadableStream, name: string): void {
  createInterface({ input: stream }).on('line', (line) => process.stdout.write(`${name} │ ${line}\n`))
}

function read(path: string): Summary | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Summary
  } catch {
    return undefined
  }
}

/** No file of it counts as passed: nobody knows how far it came. */
function endedEarly(files: readonly string[], code: number | string): Summary {
  const failures = [{ title: 'the run', message: `mocha ended before its tests did: ${code}` }]
  return Object.fromEntries(files.map((file) => [file, { passed: 0, skipped: 0, seconds: 0, busy: 0, failures }]))
}
