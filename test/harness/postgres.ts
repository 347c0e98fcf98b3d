/** A real PostgreSQL 17 on a folder of its own, with TLS and certificates for everybody who comes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { POSTGRES_PROGRAMS, unpackPostgres } from '../../hack/calls/debian.ts'
import { run, until } from '../../hack/cluster/shell.ts'
import { connect, type ConnectOptions, type Database } from '../../src/store/postgres/connect.ts'
import { createAuthority, type Authority } from './authority.ts'
import { freePort } from '../../hack/free-port.ts'

export const ADMIN = 'callbot_admin'

export interface Postgres {
  readonly port: number
  /** With `data`, the files of the database. */
  readonly folder: string
  readonly authority: Authority
  /** As this role, by a certificate with its name. Closed by `stop`. */
  connect(role: string, more?: Partial<ConnectOptions>): Database
  /** SIGKILL to all of its processes at once. */
  kill(): Promise<void>
  start(): Promise<void>
  /** A copy of its files, as a backup has them: started, it is another server. For one that is stopped or killed. */
  restored(): Promise<Postgres>
  stop(): Promise<void>
}

// PostgreSQL refuses to run as root: in a user namespace the same user has another number.
const AS_ANOTHER = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : ['env']

const configuration = (folder: string, port: number, settings: Readonly<Record<string, string>>) => {
  const all = {
    ...{ listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, max_connections: 60 },
    ...{ ssl: 'on', ssl_cert_file: join(folder, 'tls.crt'), ssl_key_file: join(folder, 'tls.key') },
    ...{ ssl_ca_file: join(folder, 'ca.crt'), ssl_min_protocol_version: 'TLSv1.3', timezone: 'UTC' },
    ...settings,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('')
}

export interface PostgresOptions {
  /** Of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** Issues the certificate of the server. Default: the authority of its clients. */
  readonly serverAuthority?: Authority
  /** For clients with certificates of another authority, PEM: the server listens at this address, by this name. */
  readonly outside?: { readonly clientCa: string; readonly address: string; readonly name: string }
  /** The superuser. Default: the administrator of the installation. */
  readonly superuser?: string
}

/** @param settings of postgresql.conf */
export const startPostgres = (settings: Readonly<Record<string, string>> = {}) => startPostgresWith({ settings })

export async function startPostgresWith({
  settings = {},
  serverAuthority,
  superuser = ADMIN,
  outside,
}: PostgresOptions): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-postgres-'))
  const { program } = await unpackPostgres()
  const initdb = [...program(`${POSTGRES_PROGRAMS}/initdb`), '-D', join(folder, 'data'), '-U', superuser]
  const [command, ...args] = [...AS_ANOTHER, ...initdb, '-E', 'UTF8', '--locale=C', '--auth=reject', '--no-sync']
  await run(command!, args, { cwd: '/' })
  return begin(folder, createAuthority('databases'), settings, { serverAuthority, outside })
}

async function begin(
  folder: string,
  authority: Authority,
  settings: Readonly<Record<string, string>>,
  more: Pick<PostgresOptions, 'serverAuthority' | 'outside'>,
): Promise<Postgres> {
  const { serverAuthority = authority, outside } = more
  const { root } = await unpackPostgres()
  const port = await freePort()
  const server = serverAuthority.issue(['localhost', ...(outside ? [outside.name] : [])])
  const files = { 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': authority.cert + (outside?.clientCa ?? '') }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  writeFileSync(
    join(folder, 'data/postgresql.auto.conf'),
    configuration(folder, port, { ...(outside && { listen_addresses: `127.0.0.1,${outside.address}` }), ...settings }),
  )
  writeFileSync(join(folder, 'data/pg_hba.conf'), `hostssl all all ${outside ? '0.0.0.0/0' : '127.0.0.1/32'} cert\n`)
  const databases: Database[] = []
  let child: ChildProcess | undefined
  const postgres: Postgres = {
    ...{ port, folder, authority },
    connect(role, more = {}) {
      const { cert, key } = authority.issue([role.replaceAll('_', '-')], undefined, role)
      const identity = { cert, key, ca: serverAuthority.cert }
      const database = connect({ host: 'localhost', port, database: 'postgres', role, identity, ...more })
      databases.push(database)
      return database
    },
    async start() {
      const log = join(folder, 'log')
      const command = [
        '--pdeathsig',
        'KILL',
        ...AS_ANOTHER,
        join(root, POSTGRES_PROGRAMS, 'postgres'),
        '-D',
        join(folder, 'data'),
      ]
      const said: Buffer[] = []
      child = spawn('setpriv', command, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
      child.stderr!.on('data', (chunk: Buffer) => {
        said.push(chunk)
        writeFileSync(log, chunk, { flag: 'a' })
      })
      await until('PostgreSQL', 30, () => {
        if (child?.exitCode !== null) throw new Error(`PostgreSQL ended: ${Buffer.concat(said)}`)
        return String(Buffer.concat(said)).includes('ready to accept connections')
      })
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child!.once('exit', resolve))
      const { pid } = child
      const others = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
      for (const one of [pid!, ...others]) signal(one, 'SIGKILL')
      await ended
      await until('the end of its processes', 10, () => others.every((one) => !signal(one, 0)))
      child = undefined
    },
    async restored() {
      const copy = mkdtempSync(join(tmpdir(), 'callbot-postgres-'))
      cpSync(join(folder, 'data'), join(copy, 'data'), { recursive: true })
      chmodSync(join(copy, 'data'), 0o700)
      rmSync(join(copy, 'data/postmaster.pid'), { force: true })
      return begin(copy, authority, settings, more)
    },
    async stop() {
      await Promise.all(databases.splice(0).map((database) => database.close()))
      await postgres.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await postgres.start()
  return postgres
}

/** @returns whether there is such a process */
function signal(pid: number, which: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, which)
  } catch {
    return false
  }
}
