/** SIPp in the role of a carrier: one call out, or one that it takes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackSipp } from '../../hack/calls/debian.ts'
import { countsOf } from '../../hack/calls/sipp.ts'
import type { Issued } from './authority.ts'
import { eventually } from './eventually.ts'
import { run } from '../../hack/cluster/shell.ts'

export interface Counts {
  successful: number
  failed: number
}

interface Options {
  address: string
  scenario: string
  /** Undefined: UDP. */
  tls?: Issued
}

/** Places the call and resolves when it is over. */
export async function runCarrier(
  o: Options & { tls: Issued; target: string; ca: string },
): Promise<Counts & { errors: string }> {
  const { folder, child } = await start(o, [o.target], { 'ca.pem': o.ca })
  await exitOf(child)
  const result = { ...countsOf(text(folder, '_.csv')), errors: text(folder, '_errors.log') }
  rmSync(folder, { recursive: true, force: true })
  return result
}

export interface Carrier {
  /** Resolves when its call is over. */
  ended(): Promise<Counts>
  errors(): string
  stop(): Promise<void>
}

/** Listens at port 5061 for TLS, at 5060 for UDP, and takes one call or registration. */
export async function startCarrier(o: Options): Promise<Carrier> {
  const [port, sockets] = o.tls === undefined ? ['5060', '-Hlun'] : ['5061', '-Hltn']
  const { folder, child } = await start(o, ['-p', port, '-aa'])
  await eventually(async () => {
    if ((await run('ss', [sockets, 'src', `${o.address}:${port}`])).trim() === '')
      throw new Error('SIPp does not listen')
  }, 10)
  return {
    async ended() {
      await Promise.race([exitOf(child), new Promise((resolve) => setTimeout(resolve, 10_000))])
      return countsOf(text(folder, '_.csv'))
    },
    errors: () => text(folder, '_errors.log'),
    async stop() {
      child.kill('SIGKILL')
      await exitOf(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function start({ address, scenario, tls }: Options, more: string[], files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-carrier-'))
  const all = { 'scenario.xml': scenario, ...(tls && { 'cert.pem': tls.cert, 'key.pem': tls.key }), ...files }
  for (const [name, content] of Object.entries(all)) writeFileSync(join(folder, name), content)
  const program = (await unpackSipp()).program('usr/bin/sipp')
  const trusted = 'ca.pem' in files ? ['-tls_ca', 'ca.pem'] : []
  const secure =
    tls === undefined ? ['-t', 'u1'] : ['-t', 'l1', '-tls_cert', 'cert.pem', '-tls_key', 'key.pem', ...trusted]
  const args = [
    '-sf',
    'scenario.xml',
    '-i',
    address,
    '-mi',
    address,
    '-m',
    '1',
    '-nostdin',
    '-trace_stat',
    '-trace_err',
  ]
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', ...program, ...args, ...secure, '-fd', '1', '-timeout', '40s', ...more],
    {
      ...{ cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } },
    },
  )
  return { folder, child }
}

const exitOf = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.once('exit', () => resolve()))

function text(folder: string, ending: string): string {
  const name = readdirSync(folder).find((file) => file.endsWith(ending))
  return name === undefined ? '' : readFileSync(join(folder, name), 'utf8')
}
