/** The store over HTTPS, as the program `records` of a namespace asks it. */
import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import { LONGEST_ANSWER, MOST_KEYS, PAGE_ROWS } from '../messages/store/limits.ts'
import { OPERATIONS, pathOf, type Answer, type OperationName, type Request } from '../messages/store/operations.ts'
import { isRefusal, readRefusal, refused, type StoreRefusal } from '../messages/store/refusal.ts'
import type { Identity } from '../pki/identity.ts'
import { readAll, type DeliveryQueue, type HeldRecords, type PolicedStore, type ReadPage } from './tenant-store.ts'

export interface StoreClient extends PolicedStore {
  /** New connections show this identity. */
  renew(identity: StoreClientOptions['identity']): void
}

export interface StoreClientOptions {
  /** Name in the certificate of the store. */
  readonly host: string
  readonly port: number
  /** The namespace, as our certificate names it. */
  readonly tenant: string
  readonly identity: Pick<Identity, 'cert' | 'key' | 'ca'>
  /** Default: 4. */
  readonly connections?: number
  /** For an answer, from the request on. Default: 10,000. */
  readonly timeoutMs?: number
}

/** An operation. A refusal has a reason, and is never thrown. */
type Ask = <N extends OperationName>(name: N, request: Request<N>) => Promise<Answer<N> | StoreRefusal>

export function createStoreClient(o: StoreClientOptions): StoreClient {
  let pool = openPool(o, o.identity)
  const ask = askOn(() => pool, o.timeoutMs ?? 10_000)
  const { tenant } = o
  const page: ReadPage = async (call, after) => {
    const read = await ask('read', { call, most: PAGE_ROWS, ...(after && { after }) })
    if (isRefusal(read)) return read
    return { ...read, rows: read.rows.map((row) => ({ ...row, bucket: { ...row.bucket, tenant } })) }
  }
  return {
    lives: (policy) => map(ask('policy', { policy }), ({ rules }) => rules ?? undefined),
    // Whose it is says our certificate: the message has no place for it.
    bucket: (bucket, fresh) => map(ask('bucket', { bucket, fresh }), ({ row }) => row ?? undefined),
    append: (records, delivery) =>
      map(ask('append', { records: [...records], ...(delivery && { delivery }) }), ({ fresh }) => fresh),
    read: (call) => readAll(page, call),
    under: (generation, most = MOST_KEYS) =>
      map(ask('under', { generation, most: Math.min(most, MOST_KEYS) }), ({ keys }) =>
        keys.map((row) => ({ ...row, bucket: { ...row.bucket, tenant } })),
      ),
    rewrap: (id, before, after) => map(ask('rewrap', { id, before, after }), ({ done }) => done),
    generations: () => map(ask('generations', {}), ({ generations }) => generations),
    retire: (generation) => map(ask('retire', { generation }), ({ done }) => done),
    deliveries: deliveriesBy(ask),
    held: heldBy(ask, tenant),
    renew(identity) {
      const before = pool
      pool = openPool(o, identity)
      // What it was asked is answered.
      void before.close().catch(() => undefined)
    },
    close: () => pool.destroy(),
  }
}

const deliveriesBy = (ask: Ask): DeliveryQueue => ({
  claim: (most, leaseMs) => map(ask('claim', { most, leaseMs }), ({ deliveries }) => deliveries),
  postpone: (call, waitMs) => map(ask('postpone', { call, waitMs: Math.ceil(waitMs) }), () => undefined),
  remove: (call) => map(ask('remove', { call }), () => undefined),
  waiting: () => map(ask('waiting', {}), ({ waiting }) => waiting),
})

const heldBy = (ask: Ask, tenant: string): HeldRecords => ({
  begin: (policy, hold, askedBy) => map(ask('beginExport', { policy, hold, askedBy }), ({ id }) => id),
  page: (id, after) =>
    map(ask('readExport', { id, most: PAGE_ROWS, ...(after && { after }) }), ({ rows }) =>
      rows.map((row) => ({ ...row, bucket: { ...row.bucket, tenant } })),
    ),
  list: () => map(ask('exports', {}), ({ exports }) => exports),
})

async function map<T, R>(asked: Promise<T | StoreRefusal>, of: (answer: T) => R): Promise<R | StoreRefusal> {
  const answer = await asked
  return isRefusal(answer) ? answer : of(answer)
}

/** Each is safe to send twice (an export is written down or counted twice then), so a connection that the other side had just closed costs a second try. */
const TRIES = 2

function askOn(pool: () => Pool, timeoutMs: number): Ask {
  const send = async (path: string, body: string) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const headers = { 'content-type': 'application/json' }
    const answer = await requestOn.call(pool(), { method: 'POST', path, headers, body, signal })
    const text = await textOf(answer.body)
    return { status: answer.statusCode, text, retryAfter: Number(answer.headers['retry-after']) }
  }
  return async (name, request) => {
    const { request: asked, answer: answered } = OPERATIONS[name]
    const body = (asked.write as (value: typeof request) => string)(request)
    for (let nth = 1; ; nth++) {
      try {
        const { status, text, retryAfter } = await send(pathOf(name), body)
        if (status !== 200) return readRefusal(status, text, retryAfter >= 0 ? retryAfter : undefined)
        const read = answered.read(text) as Answer<typeof name> | undefined
        return read ?? refused('Unavailable', 'the store answered in another version: wait until the upgrade has ended')
      } catch (error) {
        if (nth === TRIES || !isOfConnection(error)) return refused('Unavailable', unreachable(error))
      }
    }
  }
}

async function textOf(body: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of body) {
    octets += (chunk as Buffer).length
    if (octets > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} octets`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const isOfConnection = (error: unknown) => ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')

const unreachable = (error: unknown) =>
  `the store can't be reached (${codeOf(error) ?? 'connection lost or too slow'}): check that callbot-store runs, and its certificate`

/** Its idle connections go before the other side closes them. */
const IDLE_MS = 30_000
const CONNECT_MS = 3_000

const openPool = (
  { host, port, connections = 4 }: StoreClientOptions,
  { ca, cert, key }: StoreClientOptions['identity'],
) =>
  new Pool(`https://${host}:${port}`, {
    ...{ connections, pipelining: 1, allowH2: false, keepAliveTimeout: IDLE_MS },
    // Each request has a signal that ends it.
    ...{ headersTimeout: 0, bodyTimeout: 0 },
    connect: { timeout: CONNECT_MS, minVersion: 'TLSv1.3', ca, cert, key },
  })
