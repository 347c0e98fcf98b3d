import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PoolClient } from 'pg'
import type { Database } from './connect.ts'

const FOLDER = join(import.meta.dirname, 'migrations')
/** Any number, the same for all who migrate. */
const LOCK = 6_405_811_203

const JOURNAL = `
  CREATE TABLE IF NOT EXISTS public.callbot_migrations (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`

/**
 * Brings a database to the tables of this version: each file of `migrations` once, in the order of their names, each in a transaction.
 * Whoever comes at the same time waits. For a role that may create roles and schemas.
 * @returns names of the files that were applied now
 * @throws Error when an applied file was changed since, or the database has one of a newer version
 */
export async function migrate(database: Database, folder = FOLDER): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return database.use(async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
    try {
      await client.query(JOURNAL)
      const { rows } = await client.query<{ name: string; sha256: string }>(
        'SELECT name, sha256 FROM public.callbot_migrations',
      )
      const applied = new Map(rows.map(({ name, sha256 }) => [name, sha256]))
      const newer = [...applied.keys()].find((name) => !names.includes(name))
      if (newer !== undefined)
        throw new Error(`the database has migration ${newer}, which this version does not know: run a newer version`)
      const fresh: string[] = []
      for (const name of names) {
        const text = await readFile(join(folder, name), 'utf8')
        const sha256 = createHash('sha256').update(text).digest('hex')
        if (!applied.has(name)) fresh.push(await apply(client, name, text, sha256))
        else if (applied.get(name) !== sha256) {
          throw new Error(`migration ${name} was changed after it was applied: restore the file, and write a new one`)
        }
      }
      // Outside of a transaction; for the owner of the database. What is not used any more of it may be copies of keys.
      if (fresh.length > 0) await client.query('VACUUM (FULL) pg_catalog.pg_statistic')
      return fresh
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [LOCK])
    }
  })
}

async function apply(client: PoolClient, name: string, text: string, sha256: string): Promise<string> {
  await client.query('BEGIN')
  try {
    await client.query(text)
    await client.query('INSERT INTO public.callbot_migrations (name, sha256) VALUES ($1, $2)', [name, sha256])
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK')
    throw new Error(`migration ${name} failed, and nothing of it was applied: ${(cause as Error).message}`, { cause })
  }
  return name
}
