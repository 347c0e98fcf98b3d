/** A client's trunk, played by SIPp: it answers probes, and each call as scripted. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { unpackSipp } from '../../hack/calls/debian.ts'
import { run } from '../../hack/cluster/shell.ts'
import { eventually } from './eventually.ts'
import { trunkScenario, type TrunkAct } from './sipp-scenarios.ts'

export interface SippTrunk {
  /** Call-IDs of the INVITEs that it got, in order. */
  rung(): string[]
  /** Call-IDs of the BYEs. */
  ended(): string[]
  /** Request-URIs of the INVITEs. */
  invites(): string[]
  /** All that the INVITEs said. */
  headers(): string
  signal(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

export interface SippTrunkOptions {
  address: string
  port?: number
  transport?: 'UDP' | 'TCP' | 'TLS'
  /** With transport TLS: what it shows. */
  tls?: { cert: string; key: string }
  /** What happens at an INVITE. */
  acts: TrunkAct[]
  /** What is heard of it once it has answered, over and over; whole frames of 20 ms. Absent: it sends no media. */
  says?: Int16Array
  /** Or it sends back what it hears (SIPp's -rtp_echo). */
  echoes?: boolean
}

/** Apart from the ports of callers who stand at the same address. */
const MEDIA = ['-min_rtp_port', '20000', '-max_rtp_port', '24000', '-rtp_threadtasks', '50']

/** SIPp as this machine has it; who speaks or does TLS needs a newer one: before 3.7 all calls share one port for their media. */
const program = async (isNew: boolean) => (isNew ? (await unpackSipp()).program('usr/bin/sipp') : ['sipp'])

/** SIPp tells nowhere that its port is open: the kernel does. */
const untilBound = ({ address, port = 5060, transport }: SippTrunkOptions) =>
  eventually(async () => {
    const sockets = transport === undefined || transport === 'UDP' ? '-Hlun' : '-Hltn'
    if ((await run('ss', [sockets, 'src', `${address}:${port}`])).trim() === '') throw new Error('SIPp does not listen')
  }, 10)

export async function startSippTrunk(o: SippTrunkOptions): Promise<SippTrunk> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-trunk-'))
  const voice = o.says === undefined ? undefined : writeAlaw(join(folder, 'says.alaw'), o.says)
  writeFileSync(join(folder, 'scenario.xml'), trunkScenario(o.acts, voice))
  const wire = { UDP: 'u1', TCP: 't1', TLS: 'l1' }[o.transport ?? 'UDP']
  for (const [name, text] of Object.entries(o.tls ?? {})) writeFileSync(join(folder, `${name}.pem`), text)
  const secure = o.tls === undefined ? [] : ['-tls_cert', 'cert.pem', '-tls_key', 'key.pem']
  const args = ['-sf', 'scenario.xml', '-i', o.address, '-p', String(o.port ?? 5060), '-t', wire, '-aa', '-nostdin']
  const echo = o.echoes === true ? ['-mi', o.address, '-mp', '24010', '-rtp_echo'] : []
  const media = voice === undefined ? echo : ['-mi', o.address, ...MEDIA]
  const command = [
    '--pdeathsig',
    'KILL',
    ...(await program(voice !== undefined || o.tls !== undefined)),
    ...args,
    ...secure,
    ...media,
  ]
  const child = spawn('setpriv', [...command, '-trace_logs', '-trace_err', '-nd'], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, TERM: 'dumb' },
  })
  await untilBound(o)
  const text = () => {
    const name = readdirSync(folder).find((file) => file.endsWith('_logs.log'))
    return name === undefined ? '' : readFileSync(join(folder, name), 'utf8')
  }
  const lines = (what: string) =>
    text()
      .split('\n')
      .flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []))
  return {
    rung: () => lines('RUNG'),
    ended: () => lines('ENDED'),
    invites: () => lines('INVITE').map((line) => line.split(' ')[0]!),
    headers: text,
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGKILL')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
