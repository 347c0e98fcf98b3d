import { setTimeout as pause } from 'node:timers/promises'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { asTenant, type Database } from '../../src/store/postgres/connect.ts'
import { createSweepStore } from '../../src/store/postgres/sweep-store.ts'
import { ADMIN } from '../../test/harness/postgres.ts'
import { startStore } from '../../test/harness/stored-calls.ts'
import { ours, plain, type Contestant } from './contestants.ts'

// node bench/purge/main.ts [--rows N]: how long expired rows can be read, and how long writers wait while they are purged.

const FULL = 10_000_000
const rows = Number(process.argv[process.argv.indexOf('--rows') + 1] ?? 0) || 200_000
/** Somebody reads while the purge begins, as exports and backups do. */
const READER_MS = 2_000
const INSERT_EVERY_MS = 5
const TIMEOUT_MS = 600_000

interface Measured {
  readonly name: string
  readonly 'load s': number
  /** From the deadline, or from the beginning of the purge where nothing happens at the deadline. */
  readonly 'unreadable ms': number
  readonly 'purge ms': number
  readonly 'insert wait p50 ms': number
  readonly 'insert wait p99 ms': number
  readonly 'insert wait max ms': number
  readonly inserts: number
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN
const rounded = (value: number) => Math.round(value * 10) / 10

async function measure(contestant: Contestant, admin: Database, table: string): Promise<Measured> {
  const begun = performance.now()
  // Room to load: some 20,000 rows a second on one core, and a margin.
  const deadline = Math.ceil((Date.now() + 5_000 + rows / 20) / 1_000) * 1_000
  await contestant.load(rows, deadline)
  const loaded = performance.now()
  if (Date.now() > deadline - 500) throw new Error('the machine is too slow to load so many rows before their deadline')
  await pause(deadline - Date.now() - 200)
  const readableUntil = contestant.name === 'ours' ? await watchDeadline(contestant, deadline) : 0
  // A key goes a second after its records, when the last of them has expired.
  if (contestant.name === 'ours') await pause(deadline + 1_050 - Date.now())
  else await pause(deadline - Date.now() + 10)
  const waits: number[] = []
  const done = new AbortController()
  const inserting = insertUntil(contestant, done.signal, waits)
  const reading = admin.transaction(async (client) => {
    await client.query(`SELECT count(*) FROM ${table} WHERE expires_at = now()`)
    await pause(READER_MS)
  })
  await pause(300)
  const start = performance.now()
  await contestant.purge()
  const purged = performance.now() - start
  if (await contestant.isReadable()) console.log(`${contestant.name}: something is readable still`)
  await reading
  done.abort()
  await inserting
  waits.sort((a, b) => a - b)
  return {
    ...{ name: contestant.name, 'load s': rounded((loaded - begun) / 1_000) },
    ...{ 'unreadable ms': rounded(contestant.name === 'ours' ? readableUntil : purged), 'purge ms': rounded(purged) },
    ...{ 'insert wait p50 ms': rounded(quantile(waits, 0.5)), 'insert wait p99 ms': rounded(quantile(waits, 0.99)) },
    ...{ 'insert wait max ms': rounded(waits.at(-1) ?? NaN), inserts: waits.length },
  }
}

/** Milliseconds after the deadline until the answer of the last look that found a row had come; 0 if none came later. */
async function watchDeadline(contestant: Contestant, deadline: number): Promise<number> {
  let last = 0
  while (Date.now() < deadline + 500) {
    if (await contestant.isReadable()) last = Math.max(last, Date.now() - deadline)
    await pause(1)
  }
  return last
}

async function insertUntil(contestant: Contestant, signal: AbortSignal, waits: number[]): Promise<void> {
  while (!signal.aborted) {
    const before = performance.now()
    await contestant.insert()
    waits.push(performance.now() - before)
    await pause(INSERT_EVERY_MS)
  }
}

const stored = await startStore({ max_wal_size: '4GB', shared_buffers: '512MB' })
try {
  const patient = { timeoutMs: TIMEOUT_MS }
  const admin = stored.postgres.connect(ADMIN, patient)
  const reader = stored.postgres.connect(ADMIN, patient)
  const store = createSweepStore({
    database: stored.postgres.connect('callbot_sweep', patient),
    detachTimeoutMs: 60_000,
  })
  const tenant = asTenant(stored.postgres.connect('callbot_store', patient), 'bench')
  const results = [
    await measure(plain(admin, false), reader, 'public.deleted'),
    await measure(plain(admin, true), reader, 'public.dropped'),
    await measure(ours({ admin, tenant, store }), reader, 'callbot.records'),
  ]
  for (const { name, ...figures } of results) {
    printFigures(
      `${name}, ${rows.toLocaleString('en')} rows in 6 classes, a reader for ${READER_MS} ms`,
      Object.entries(figures).map(([what, value]) => [what, String(value)] as const),
    )
  }
  const file = writeEvidence('bench-purge', { rows, results }, { form: rows >= FULL ? 'whole' : 'short' })
  console.log(`written to ${file}`)
} finally {
  await stored.stop()
}
