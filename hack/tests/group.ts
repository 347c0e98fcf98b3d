/** One mocha over some files, as a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pause } from '../cluster/shell.ts'
import type { Summary } from './summary.ts'

/** The variable with the path of the summary that the reporter writes after each file. */
export const SUMMARY_FILE = 'TEST_SUMMARY_FILE'
/** So long a mocha has to end what it started, when the run ends early. */
const LEAVE_MS = 20_000
const LAST_LINES_MS = 2_000

/** What the reporter writes: after each file, and at the end. */
export interface SummaryText {
  /** All of its files were played. */
  isWhole: boolean
  files: Summary
}

export interface GroupOptions {
  /** Stands before each line, when others print at the same time. */
  name?: string
  /** Variables beside our own. */
  env?: NodeJS.ProcessEnv
  /** Ends it. */
  signal?: AbortSignal
}

/** Runs them, with their output on ours. */
export async function runGroup(
  files: readonly string[],
  { name, env: more, signal }: GroupOptions = {},
): Promise<Summary> {
  if (files.length === 0) return {}
  const folder = mkdtempSync(join(tmpdir(), 'callbot-tests-'))
  const path = join(folder, 'summary.json')
  try {
    const env = { ...process.env, ...more, [SUMMARY_FILE]: path }
    const child = spawn('mocha', files, {
      env,
      stdio: name === undefined ? 'inherit' : ['inherit', 'pipe', 'pipe'],
    })
    const end = () => {
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), LEAVE_MS).unref()
    }
    signal?.addEventListener('abort', end, { once: true })
    for (const stream of [child.stdout, child.stderr]) if (stream) prefix(stream, name!)
    const closed = new Promise((resolve) => child.on('close', resolve))
    const code = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (status, killed) => resolve(status ?? killed ?? 1))
    })
    // A program that a killed mocha has left behind holds its output open.
    await Promise.race([closed, pause(LAST_LINES_MS)])
    signal?.removeEventListener('abort', end)
    const why = signal?.aborted ? String(signal.reason) : `mocha ended before its tests did: ${code}`
    const { isWhole, files: played } = read(path)
    return isWhole ? played : { ...endedEarly(files, why), ...played }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function prefix(stream: NodeJS.ReadableStream, name: string): void {
  createInterface({ input: stream }).on('line', (line) => process.stdout.write(`${name} │ ${line}\n`))
}

function read(path: string): SummaryText {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SummaryText
  } catch {
    return { isWhole: false, files: {} }
  }
}

/** No such file counts as passed: nobody knows how far it came. */
export function endedEarly(files: readonly string[], message: string): Summary {
  const failures = [{ title: 'the file', message }]
  return Object.fromEntries(files.map((file) => [file, { passed: 0, skipped: 0, seconds: 0, busy: 0, failures }]))
}
