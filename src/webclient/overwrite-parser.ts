import { Duplex } from 'node:stream'
import type { Log } from '../runtime/log.ts'
import { describeBug } from '../runtime/redacted-error.ts'
import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'

/** Node reads 64 KiB of a socket at once, and less than twice that can wait to be parsed. Octets. */
const LONGEST = 131_072
const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`
/** Numbers of six digits both. */
const BODY = LONGEST - head(LONGEST).length

/**
 * Overwrites what undici keeps of the last answer: it copies each into one buffer of its parser, which all connections of a thread share. What is
 * parsed here is an answer of nothing, as long as an answer can be. To be called before the first real one, too: a buffer that has to grow
 * leaves a copy behind. Doesn't reject.
 */
export const overwriteParser = (log: Log): Promise<void> =>
  parseNothing().catch((error: unknown) => log.error(describeBug(error), 'the last answer could not be overwritten'))

async function parseNothing(): Promise<void> {
  const answer = Buffer.alloc(LONGEST)
  answer.write(head(BODY))
  const wire = new Duplex({
    readableHighWaterMark: 2 * LONGEST,
    read: () => undefined,
    write: (_, __, done) => (wire.push(answer), done()),
  })
  const pool = new Pool('http://nobody.invalid', {
    connections: 1,
    connect: (_, use) => process.nextTick(use, null, wire),
  })
  const { body } = await requestOn.call(pool, { method: 'GET', path: '/' })
  await body.dump({ limit: LONGEST })
  await pool.destroy()
}
