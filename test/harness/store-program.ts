/** The program store of this checkout as a process of its own, with real certificates, policies and a real database. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../../src/api/retention-policy.ts'
import type { Authority, Issued } from './authority.ts'
import { freePort } from '../../hack/free-port.ts'
import { patient } from './patience.ts'
import type { Postgres } from './postgres.ts'

export interface StoreProgram {
  readonly port: number
  log(): string
  /** Puts the file of policies in its place as a whole. It is read within a second. */
  write(policies: readonly object[]): void
  end(): Promise<number | null>
}

const OBSERVER = 'callbot-operator.callbot-system.svc'

interface StoreOptions {
  readonly postgres: Postgres
  /** Of the certificates of its clients, and of its own. */
  readonly authority: Authority
  readonly policies: readonly object[]
  /** Default: a free one. */
  readonly port?: number
  /** More of its environment. */
  readonly more?: Readonly<Record<string, string>>
}

/** A policy as the operator files it. */
export const filed = (tenant: string, name: string, rules: readonly { class: string; seconds: number }[]) => ({
  ...{ tenant, name, generation: 1, mode: 'Enforce', maxDeletionsPerRun: 1_000, legalHolds: [], rules },
})

/** One that keeps all classes for as long as a policy may. */
export const keepsAll = (tenant: string, name: string) =>
  filed(
    tenant,
    name,
    DATA_CLASSES.map((one) => ({ class: one, seconds: LONGEST_LIFE_SECONDS })),
  )

export async function startStoreProgram(o: StoreOptions): Promise<StoreProgram> {
  const { postgres, authority, policies, more, port = await freePort() } = o
  const folder = mkdtempSync(join(tmpdir(), 'callbot-store-'))
  const identity = (name: string, ca: Authority, { cert, key }: Issued) => {
    mkdirSync(join(folder, name))
    const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.cert }
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text, { mode: 0o600 })
    return join(folder, name)
  }
  mkdirSync(join(folder, 'policies'))
  const file = join(folder, 'policies', 'policies.json')
  const write = (what: readonly object[]) => {
    writeFileSync(`${file}.new`, JSON.stringify(what))
    renameSync(`${file}.new`, file)
  }
  write(policies)
  const database = postgres.authority.issue(['x'], undefined, 'callbot_store')
  const env = {
    ...process.env,
    ...{ CALLBOT_DATABASE_HOST: 'localhost', CALLBOT_DATABASE_NAME: 'postgres' },
    CALLBOT_DATABASE_PORT: String(postgres.port),
    CALLBOT_DATABASE_TLS: identity('database', postgres.authority, database),
    CALLBOT_TLS: identity('tls', authority, authority.issue(['localhost'])),
    ...{ CALLBOT_OBSERVERS: OBSERVER, CALLBOT_POLICIES: join(folder, 'policies'), CALLBOT_LOG_LEVEL: 'debug' },
    ...{ CALLBOT_STORE_PORT: String(port), CALLBOT_HEALTH_PORT: '0', ...more },
  }
  const child = spawn(process.execPath, ['src/main.ts', 'store'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk))
  const exit = once(child, 'exit')
  const deadline = performance.now() + patient(20_000)
  while (!text.includes('"msg":"ready for the records of all namespaces"')) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`store does not start:\n${text}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    ...{ port, write, log: () => text },
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const [code] = (await exit) as [number | null]
      rmSync(folder, { recursive: true })
      return code
    },
  }
}
