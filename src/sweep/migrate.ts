/** Brings the database to the tables of this version, and ends. It waits for a database that does not answer yet. */
import { pino } from 'pino'
import { z } from 'zod'
import { readIdentity } from '../pki/identity.ts'
import { named, ownWords } from '../runtime/log-fields.ts'
import { connect } from '../store/postgres/connect.ts'
import { addressIn, DATABASE_VARIABLES, readEnvironment } from '../store/postgres/environment.ts'
import { migrate } from '../store/postgres/migrate.ts'
import { attempt, isRefusal } from '../store/postgres/refusal.ts'

const AGAIN_MS = 2_000

/** @throws Error that names each variable that is missing or wrong */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readEnvironment(z.object(DATABASE_VARIABLES), env)
  const log = pino({ level: config.CALLBOT_LOG_LEVEL, base: { program: 'migrate' } })
  for (;;) {
    const database = connect({
      ...{ ...addressIn(config), role: 'callbot_admin' },
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
