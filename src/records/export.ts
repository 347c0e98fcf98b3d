/** What runs in a container of `records` when somebody exports what a legal hold covers (`kubectl exec`): it alone has the root keys. */
import { once } from 'node:events'
import { pino } from 'pino'
import { isRefusal, type StoreRefusal } from '../messages/store/refusal.ts'
import type { HeldPlace, HeldRow } from '../messages/store/rows.ts'
import { readIdentity } from '../pki/identity.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock as clock } from '../runtime/system-clock.ts'
import { unwrapBucketKey } from '../seal/bucket-key.ts'
import { isFailure } from '../seal/failure.ts'
import { openHeld } from '../seal/record.ts'
import type { Roots } from '../seal/roots.ts'
import { createStoreClient, type StoreClient } from '../store/client.ts'
import { readRecordsConfig, rootsIn, storeIn } from './config.ts'
import { openRoots, type RootsFile } from './roots-file.ts'

type Output = Pick<NodeJS.WritableStream, 'write' | 'once'>

export interface ExportOptions {
  readonly policy: string
  readonly hold: string
  /** A name of Kubernetes. */
  readonly askedBy: string
}

/**
 * Writes JSON lines: what was asked, each record, and how many there were. Who asked is written down before the first record is read.
 * @returns the exit code: 0 when all records could be opened
 * @throws Error with the reason when the hold is not in force, or the store does not answer
 */
export const exportHold = (
  o: ExportOptions,
  env: NodeJS.ProcessEnv,
  output: Output = process.stdout,
): Promise<number> =>
  withStore(env, async ({ store, roots, tenant: namespace }) => {
    const id = must(await store.held.begin(o.policy, o.hold, o.askedBy))
    const write = async (line: object) => {
      if (!output.write(`${JSON.stringify(line)}\n`)) await once(output as NodeJS.WritableStream, 'drain')
    }
    await write({ kind: 'HoldExport', id, namespace, ...o, at: new Date(clock.wall()).toISOString() })
    let [records, unreadable] = [0, 0]
    for (let after: HeldPlace | undefined; ;) {
      const rows = must(await store.held.page(id, after))
      const last = rows.at(-1)
      if (last === undefined) break
      for (const row of rows) {
        const line = await roots.use((keys) => Promise.resolve(lineOf(row, keys)))
        if (line === undefined) unreadable++
        else await write(line)
        records += line === undefined ? 0 : 1
      }
      after = { bucket: last.id, call: last.call, sequence: last.sequence, expiresAt: last.expiresAt }
    }
    await write({ kind: 'End', records, unreadable })
    return unreadable === 0 ? 0 : 1
  })

/** Prints which exports are written down, the newest first. @returns the exit code */
export const listExports = (env: NodeJS.ProcessEnv, output: Output = process.stdout): Promise<number> =>
  withStore(env, async ({ store }) => {
    for (const { askedAt, policy, hold, records, askedBy } of must(await store.held.list()))
      output.write(`${new Date(askedAt).toISOString()}  ${policy}  ${hold}  ${records} records  ${askedBy}\n`)
    return 0
  })

/** Undefined: its key is gone, or somebody has altered it. */
export function lineOf({ call, bucket, wrapped, ...stored }: HeldRow, roots: Roots): object | undefined {
  const key = unwrapBucketKey(wrapped, bucket, roots)
  if (isFailure(key)) return undefined
  const plain = openHeld({ bucket, call }, stored, key)
  key.fill(0)
  if (isFailure(plain)) return undefined
  const at = (milliseconds: number) => new Date(milliseconds).toISOString()
  const times = { endedAt: at(stored.expiresAt - bucket.life * 1_000), expiresAt: at(stored.expiresAt) }
  const line = { kind: 'Record', call, class: stored.class, sequence: stored.sequence, ...times, ...contentOf(plain) }
  plain.fill(0)
  return line
}

/** JSON, as bots write it; of what is none the octets, in base64. */
function contentOf(plain: Buffer): object {
  try {
    return { content: JSON.parse(plain.toString('utf8')) as unknown }
  } catch {
    return { octets: plain.toString('base64') }
  }
}

interface Opened {
  readonly store: StoreClient
  readonly roots: RootsFile
  readonly tenant: string
}

async function withStore(env: NodeJS.ProcessEnv, work: (opened: Opened) => Promise<number>): Promise<number> {
  const config = readRecordsConfig(env)
  const tenant = config.CALLBOT_TENANT
  // Standard output is for records.
  const log: Log = pino({ level: 'warn', base: { program: 'records', namespace: tenant } }, pino.destination(2))
  const store = createStoreClient({ ...storeIn(config), tenant, identity: await readIdentity(config.CALLBOT_TLS) })
  const roots = await openRoots({ ...rootsIn(config), clock, log })
  try {
    if (roots.problem !== undefined) throw new Error(roots.problem)
    return await work({ store, roots, tenant })
  } finally {
    roots.close()
    await store.close()
  }
}

function must<T>(result: T | StoreRefusal): T {
  if (isRefusal(result)) throw new Error(result.because)
  return result
}
