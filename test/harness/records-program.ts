/** The program records of this checkout as a process of its own, with real certificates, keys and database. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Roots } from '../../src/seal/roots.ts'
import type { DataClass } from '../../src/rules/retention/life.ts'
import type { TenantStore } from '../../src/store/tenant-store.ts'
import { createAuthority, type Authority, type Issued } from './authority.ts'
import { freePort } from '../../hack/free-port.ts'
import { imageEnv, imageFlags } from './image-flags.ts'
import { patient } from './patience.ts'
import { keepsAll, startStoreProgram, type StoreProgram } from './store-program.ts'
import { makeRoom, startStore, type StoredCalls } from './stored-calls.ts'

export interface RecordsProgram {
  /** Of the process that runs now. */
  readonly pid: () => number
  readonly port: number
  readonly healthPort: number
  /** Of the process, as an exec into its container finds it. */
  readonly env: NodeJS.ProcessEnv
  /** In the Secret that is there from the beginning. */
  readonly rootsFile: string
  /** In the other one. */
  readonly otherRootsFile: string
  log(): string
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM. Resolves with the exit code. */
  end(): Promise<number | null>
  remove(): Promise<void>
}

export const rootsText = ({ keys }: Roots) =>
  [...keys].map(([generation, key]) => `${generation} ${key.toString('base64')}\n`).join('')

interface RecordsOptions {
  readonly store: Pick<StoreProgram, 'port'>
  readonly authority: Authority
  readonly tenant: string
  readonly roots: Roots
  /** More of its environment. */
  readonly more?: Readonly<Record<string, string>>
}

/** Starts it, at the same ports after each end. */
export async function startRecords(o: RecordsOptions): Promise<RecordsProgram> {
  const { store, authority, tenant } = o
  const folder = mkdtempSync(join(tmpdir(), 'callbot-records-'))
  const identity = (name: string, ca: Authority, { cert, key }: Issued) => {
    mkdirSync(join(folder, name))
    const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.cert }
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text, { mode: 0o600 })
    return join(folder, name)
  }
  for (const slot of ['a', 'b']) mkdirSync(join(folder, 'keys', slot), { recursive: true })
  const rootsFile = join(folder, 'keys/a/roots')
  writeFileSync(rootsFile, rootsText(o.roots))
  const [port, healthPort] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    ...imageEnv,
    ...{
      CALLBOT_TENANT: tenant,
      CALLBOT_ROOTS: join(folder, 'keys'),
      CALLBOT_ADOPT_SECONDS: '0',
      CALLBOT_LOG_LEVEL: 'debug',
    },
    ...{ CALLBOT_STORE_HOST: 'localhost', CALLBOT_STORE_PORT: String(store.port) },
    CALLBOT_TLS: identity('tls', authority, authority.issue([`callbot-records.${tenant}.svc`, 'localhost'])),
    ...{ CALLBOT_RECORDS_PORT: String(port), CALLBOT_HEALTH_PORT: String(healthPort) },
    // Of a pod at a loopback address, which may send to one.
    ...{ POD_IP: '127.0.0.1', ...o.more },
  }
  let text = ''
  let child = begin()
  let exit = once(child, 'exit')
  function begin() {
    const started = spawn(process.execPath, [...imageFlags, 'src/main.ts', 'records'], {
      ...{ env, stdio: ['ignore', 'pipe', 'pipe'] },
    })
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk))
    return started
  }
  async function untilReady(from: number) {
    const deadline = performance.now() + patient(20_000)
    while (!text.slice(from).includes('"msg":"ready for records"')) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`records does not start:\n${text}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await untilReady(0)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ((await exit) as [number | null])[0]
  }
  return {
    pid: () => child.pid!,
    ...{ port, healthPort, env, rootsFile, otherRootsFile: join(folder, 'keys/b/roots'), log: () => text },
    async start() {
      const from = text.length
      child = begin()
      exit = once(child, 'exit')
      await untilReady(from)
    },
    kill: async () => void (await end('SIGKILL')),
    end: () => end('SIGTERM'),
    async remove() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
      rmSync(folder, { recursive: true })
    },
  }
}

/** A database with room for the tenant's records, the program store, and the program records. */
export interface RecordsStage {
  readonly authority: Authority
  readonly stored: StoredCalls
  /** The rows of the tenant. */
  readonly store: TenantStore
  readonly program: StoreProgram
  readonly records: RecordsProgram
  remove(): Promise<void>
}

const POLICIES = ['thirty-days', 'a-week', 'ten-minutes']

export async function setRecordsStage(o: {
  tenant: string
  roots: Roots
  classes: readonly DataClass[]
  authority?: Authority
  /** Names of policies that keep everything for years. */
  policies?: readonly string[]
  /** Of each of them. */
  legalHolds?: readonly object[]
  more?: Readonly<Record<string, string>>
}): Promise<RecordsStage> {
  const {
    tenant,
    roots,
    classes,
    authority = createAuthority('test CA'),
    policies = POLICIES,
    legalHolds = [],
    more = {},
  } = o
  const stored = await startStore()
  const store = stored.tenant(tenant)
  await makeRoom(stored.sweep, classes, 600)
  const { postgres } = stored
  const program = await startStoreProgram({
    postgres,
    authority,
    policies: policies.map((one) => ({ ...keepsAll(tenant, one), legalHolds })),
  })
  const records = await startRecords({ store: program, authority, tenant, roots, more })
  return {
    ...{ authority, stored, store, program, records },
    async remove() {
      await records.remove()
      await program.end()
      await stored.stop()
    },
  }
}

export interface Asked {
  readonly method?: string
  readonly path: string
  readonly as: Issued | undefined
  readonly authority: Authority
  readonly body?: string
}

/** Status, text and headers of an answer of the program. Rejects when the connection is refused. */
export function ask({ port }: Pick<RecordsProgram, 'port'>, o: Asked) {
  type Answer = { status: number; text: string; retryAfter: string | undefined }
  const { method = 'GET', path, as, authority, body } = o
  return new Promise<Answer>((resolve, reject) => {
    const tls = { ca: authority.cert, ...(as && { cert: as.cert, key: as.key }) }
    const asked = request({ host: 'localhost', port, path, method, agent: false, ...tls })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] }),
      )
    })
    asked.end(body)
  })
}
