/** The programs sweep and migrate of this checkout as processes of their own, with real certificates and a real database. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileOfNamespace, namespaceOfFile, NAMESPACES_FILE } from '../../src/messages/policies.ts'
import { parseSweepState, type SweepState } from '../../src/rules/sweep-state.ts'
import type { Issued } from './authority.ts'
import { freePort } from '../../hack/free-port.ts'
import type { Postgres } from './postgres.ts'
import { ask } from './records-program.ts'

export const OBSERVER = 'callbot-operator.callbot-system.svc'

export interface SweepProgram {
  readonly port: number
  log(): string
  /** Puts files of policies in their places as a whole. A text takes the place of the list of namespaces. */
  write(policies: readonly FiledText[] | string): void
  /** The file of one namespace alone. */
  writeOne(namespace: string, text: string): void
  /** Certificates as a kubelet renews them. */
  renew(identity: Issued): void
  get(path: string, as: Issued | undefined): Promise<{ status: number; text: string }>
  state(): Promise<SweepState | undefined>
  end(): Promise<void>
}

/** A policy as its file has it, valid or not. */
interface FiledText {
  readonly tenant: string
  readonly [field: string]: unknown
}

/** More of the environment. */
type Variables = Readonly<Record<string, string>>

const writeIdentity = (folder: string, { cert, key }: Issued, ca: string) => {
  for (const [name, text] of Object.entries({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }))
    writeFileSync(join(folder, name), text, { mode: 0o600 })
}

const variables = ({ port }: Postgres, tls: string) => ({
  ...{ CALLBOT_DATABASE_HOST: 'localhost', CALLBOT_DATABASE_PORT: String(port), CALLBOT_DATABASE_NAME: 'postgres' },
  CALLBOT_DATABASE_TLS: tls,
})

/** Runs migrate as the administrator. @returns the exit code and the log */
export async function runMigrate(
  postgres: Postgres,
  role: string,
  more: Variables = {},
): Promise<{ code: number | null; log: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-migrate-'))
  writeIdentity(folder, postgres.authority.issue(['x'], undefined, role), postgres.authority.cert)
  const env = { ...process.env, ...variables(postgres, folder), ...more }
  const child = spawn(process.execPath, ['src/main.ts', 'migrate'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  rmSync(folder, { recursive: true })
  return { code, log }
}

export async function startSweep(
  postgres: Postgres,
  policies: readonly FiledText[],
  more: Variables = {},
): Promise<SweepProgram> {
  const { authority } = postgres
  const folder = mkdtempSync(join(tmpdir(), 'callbot-sweep-'))
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, `${name}.new`), text)
    renameSync(join(folder, `${name}.new`), join(folder, name))
  }
  const writeOne = (namespace: string, text: string) => put(fileOfNamespace(namespace), text)
  const write: SweepProgram['write'] = (what) => {
    if (typeof what === 'string') return put(NAMESPACES_FILE, what)
    const groups = Map.groupBy(what, ({ tenant }) => tenant)
    for (const [tenant, own] of groups) writeOne(tenant, JSON.stringify(own))
    for (const name of readdirSync(folder)) {
      const gone = namespaceOfFile(name)
      if (gone !== undefined && !groups.has(gone)) rmSync(join(folder, name))
    }
    put(NAMESPACES_FILE, JSON.stringify([...groups.keys()]))
  }
  const renew = (identity: Issued) => writeIdentity(folder, identity, authority.cert)
  write(policies)
  renew(authority.issue(['localhost'], undefined, 'callbot_sweep'))
  const port = await freePort()
  const env = {
    ...{ ...process.env, ...variables(postgres, folder), CALLBOT_TLS: folder, CALLBOT_OBSERVERS: OBSERVER },
    ...{
      CALLBOT_POLICIES: folder,
      CALLBOT_STATE_PORT: String(port),
      CALLBOT_HEALTH_PORT: '0',
      CALLBOT_SWEEP_SECONDS: '1',
    },
    ...more,
  }
  const child = spawn(process.execPath, ['src/main.ts', 'sweep'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk))
  const observer = authority.issue([OBSERVER])
  const get: SweepProgram['get'] = (path, as) => ask({ port }, { path, as, authority })
  return {
    ...{ port, write, writeOne, renew, get, log: () => log },
    state: async () => parseSweepState((await get('/state', observer)).text),
    async end() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}
