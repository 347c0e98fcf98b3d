/** Brings the database to the tables of this version, and ends. It waits for a database that does not answer yet. */
import { pino } from 'pino'
import { z } from 'zod'
import { readIdentity } from '../pki/identity.ts'
import { named, ownWords } from '../runtime/log-fields.ts'
import { connect } from '../store/postgres/connect.ts'
import { migrate } from '../store/postgres/migrate.ts'
import { attempt, isRefusal } from '../store/postgres/refusal.ts'

const environment = z.object({
  CALLBOT_DATABASE_HOST: z.string().min(1),
  CALLBOT_DATABASE_PORT: z.coerce.number().int().min(1).max(65_535).default(5_432),
  CALLBOT_DATABASE_NAME: z.string().min(1).default('callbot'),
  /** Folder with tls.crt, tls.key and ca.crt; the certificate names callbot_admin. */
  CALLBOT_DATABASE_TLS: z.string().min(1),
  CALLBOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

const AGAIN_MS = 2_000

/** @throws Error that names each variable that is missing or wrong */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const read = environment.safeParse(env)
  if (!read.success) {
    const names = [...new Set(read.error.issues.map(({ path }) => String(path[0])))]
    throw new Error(`${names.join(', ')}: missing or out of range; see docs/guides/data.md`)
  }
  const config = read.data
  const log = pino({ level: config.CALLBOT_LOG_LEVEL, base: { program: 'migrate' } })
  for (;;) {
    const database = connect({
      ...{ host: config.CALLBOT_DATABASE_HOST, port: config.CALLBOT_DATABASE_PORT },
      ...{ database: config.CALLBOT_DATABASE_NAME, role: 'callbot_admin' },
      ...{ identity: await readIdentity(config.CALLBOT_DATABASE_TLS), connections: 1, timeoutMs: 300_000 },
    })
    try {
      const answer = await attempt(() => database.use((client) => client.query('SELECT 1')))
      if (!isRefusal(answer)) {
        const applied = await migrate(database)
        return log.info({ applied: applied.map(named) }, 'the database has the tables of this version')
      }
      if (answer.reason !== 'Unavailable') throw new Error(answer.because)
      log.warn({ because: ownWords(answer.because) }, 'the database does not answer yet: trying again')
    } finally {
      await database.close()
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
