import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SippRun {
  /** 0: every call went as the scenario says. */
  readonly code: number
  readonly successful: number
  readonly failed: number
  /** What SIPp wrote of unexpected messages. */
  readonly errors: string
}

/** Runs SIPp of Debian (package sip-tester) once; it listens before `whenUp` is called. */
export async function runSipp(o: {
  /** The name of a scenario that SIPp brings, or the text of one. */
  scenario: string
  args: readonly string[]
  timeoutSeconds?: number
  whenUp?: () => Promise<void>
}): Promise<SippRun> {
  const folder = await mkdtemp(join(tmpdir(), 'callbot-sipp-'))
  try {
    await writeFile(join(folder, 'scenario.xml'), o.scenario)
    const which = o.scenario.startsWith('<') ? ['-sf', 'scenario.xml'] : ['-sn', o.scenario]
    const common = ['-nostdin', '-trace_stat', '-fd', '3600', '-trace_err', '-timeout', `${o.timeoutSeconds ?? 120}s`]
    const child = spawn('sipp', [...which, ...o.args, ...common], {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, TERM: 'dumb' },
    })
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code) => resolve(code ?? -1))
    })
    // SIPp tells nowhere that its port is open: it opens it within a few milliseconds.
    const failed = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await o.whenUp?.()
      return new Promise<never>(() => {})
    }
    const code = await Promise.race([ended, failed()]).finally(() => child.kill('SIGKILL'))
    return { code, ...(await counts(folder)), errors: await text(folder, '_errors.log') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function counts(folder: string): Promise<{ successful: number; failed: number }> {
  const lines = (await text(folder, '_.csv')).trimEnd().split('\n')
  const names = lines[0]!.split(';')
  const cell = (name: string) => Number(lines.at(-1)!.split(';')[names.indexOf(name)])
  return { successful: cell('SuccessfulCall(C)'), failed: cell('FailedCall(C)') }
}

async function text(folder: string, ending: string): Promise<string> {
  const name = (await readdir(folder)).find((one) => one.endsWith(ending))
  return name === undefined ? '' : readFile(join(folder, name), 'utf8')
}
