// @seconds 16
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect as connectTcp, type Socket } from 'node:net'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../../hack/cluster/shell.ts'
import { OPERATIONS, pathOf } from '../../../src/messages/store/operations.ts'
import { bucketOf } from '../../../src/rules/retention/bucket.ts'
import { createBucketKey } from '../../../src/seal/bucket-key.ts'
import { createStoreClient, type StoreClient } from '../../../src/store/client.ts'
import { migrate } from '../../../src/store/postgres/migrate.ts'
import { createAuthority, type Authority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { loopback } from '../../harness/loopback.ts'
import { patient } from '../../harness/patience.ts'
import { OPERATOR } from '../../harness/pod-process.ts'
import { ADMIN, startPostgres } from '../../harness/postgres.ts'
import { ask, startRecords, type RecordsProgram } from '../../harness/records-program.ts'
import { filed, startStoreProgram, type StoreProgram } from '../../harness/store-program.ts'
import { must, reveal, storeOf } from '../../harness/stored-calls.ts'
import { startTranscripts, type Transcripts } from '../../harness/transcripts.ts'

const LIFE = 600
const TEN_YEARS = 315_360_000
const KEYS = 60
const MIGRATIONS = join(import.meta.dirname, '../../../src/store/postgres/migrations')
const policyOf = (tenant: string) => filed(tenant, 'policy', [{ class: 'Transcript', seconds: LIFE }])

/** The program store and a real PostgreSQL 17; clients as `records` of three namespaces, of which one does all it can. */
describe('a namespace without SQL', function () {
  this.timeout(120_000)
  let authority: Authority
  let stored: Transcripts
  let program: StoreProgram
  let records: RecordsProgram
  let good: StoreClient
  let hostile: StoreClient
  const clients: StoreClient[] = []

  before(async () => {
    authority = createAuthority('test CA')
    stored = await startTranscripts(LIFE)
    program = await startStoreProgram(options())
    records = await startRecords({ store: program, authority, tenant: 'good', roots: stored.roots })
    good = clientOf('good')
    hostile = clientOf('hostile')
  })
  const options = () => ({
    ...{ postgres: stored.postgres, authority, more: { CALLBOT_STORE_KEYS: String(KEYS) } },
    policies: ['good', 'hostile', 'greedy'].map(policyOf),
  })
  after(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await records?.remove()
    await program?.end()
    await stored?.stop()
  })

  const namedAs = (name: string) => ({ ...authority.issue([name]), ca: authority.cert })
  function clientOf(tenant: string): StoreClient {
    const identity = namedAs(`callbot-records.${tenant}.svc`)
    const client = createStoreClient({
      host: 'localhost',
      port: program.port,
      tenant,
      identity,
      timeoutMs: patient(10_000),
    })
    clients.push(client)
    return client
  }
  const keptBy = (store: StoreClient, tenant: string) => stored.keep({ store, tenant, texts: ['bonjour'] })
  const post = (as: ReturnType<Authority['issue']> | undefined, body = '{}', path = pathOf('generations')) =>
    ask(program, { method: 'POST', path, as, authority, body })
  const bucket = (tenant: string, life: number, name = 'policy', at = Date.now() + life * 1_000) =>
    bucketOf({ tenant, policy: name, class: 'Transcript', life }, at)
  const fresh = () => ({ generation: 'day-1', key: randomBytes(60) })
  const put = (change: object, life = LIFE, call = randomUUID()) => {
    const record = { class: 'Transcript', sequence: 0, life, body: Buffer.from('{"a":1}').toString('base64') }
    const body = JSON.stringify({ policy: 'policy', endedAt: Date.now() - 1_000, records: [record], ...change })
    return ask(records, {
      method: 'PUT',
      path: `/calls/${call}`,
      as: authority.issue(['bot.good.svc']),
      authority,
      body,
    })
  }

  it('has no role in the database: a certificate with its name logs in nowhere', async () => {
    for (const name of ['good', 'callbot-records', 'callbot_tenant']) {
      const asked = stored.postgres.connect(name).use((client) => client.query('SELECT 1'))
      expect(await asked.catch((error: { code?: string }) => error.code), name).to.equal('28000')
    }
  })

  it('is the one of the certificate of its program records: a bot, an edge and the operator are refused', async () => {
    expect(await post(authority.issue(['callbot-records.good.svc']))).to.include({ status: 200 })
    const others = ['bot.good.svc', 'callbot-edge.callbot-system.svc', OPERATOR, 'callbot-records.good', 'good.svc']
    for (const name of others) expect((await post(authority.issue([name]))).status, name).to.equal(403)
    const two = authority.issue(['callbot-records.good.svc', 'callbot-records.hostile.svc'])
    expect((await post(two)).status).to.equal(403)
    const nobody = await post(undefined).catch((error: Error) => error)
    const foreign = await post(createAuthority('other').issue(['callbot-records.good.svc'])).catch(
      (error: Error) => error,
    )
    for (const one of [nobody, foreign]) expect(one).to.be.instanceOf(Error)
  })

  it('asks for operations, and for nothing else', async () => {
    const as = authority.issue(['callbot-records.hostile.svc'])
    expect((await post(as, '{}', '/v1/query')).status).to.equal(404)
    expect((await post(as, '{}', '/v1/constructor')).status).to.equal(404)
    expect((await post(as, "SELECT repeat('x', 800000000)")).status).to.equal(422)
    expect((await post(as, JSON.stringify({ call: "' OR true --" }), pathOf('read'))).status).to.equal(422)
    expect((await post(as, 'x'.repeat(1_400_000))).status).to.equal(422)
  })

  it('reads, moves and removes nothing of a neighbour, and writes nothing under its key', async () => {
    const { call } = must(await keptBy(good, 'good'))
    const [row] = must(await good.read(call))
    expect(reveal(row!, stored.roots)).to.equal('bonjour')
    expect(must(await hostile.read(call))).to.deep.equal([])
    const own = bucket('good', LIFE, 'policy', row!.expiresAt)
    const { id } = must(await good.bucket(own, fresh()))!
    const record = { ...row!, sequence: 7 } as never
    expect(await hostile.append([{ bucket: id, record }])).to.include({ reason: 'Denied' })
    expect(await hostile.rewrap(id, row!.wrapped, fresh())).to.equal(false)
    expect(must(await hostile.under('day-1'))).to.deep.equal([])
    const sound = createBucketKey({ ...own, tenant: 'hostile' }, stored.roots)
    const forged = OPERATIONS.bucket.request.write({ bucket: own, fresh: sound }).replace('{', '{"tenant":"good",')
    const answer = await post(authority.issue(['callbot-records.hostile.svc']), forged, pathOf('bucket'))
    expect(JSON.parse(answer.text).row.id).not.to.equal(id)
  })

  it('stores nothing without a policy, and nothing for longer than it says', async () => {
    const unknown = await good.bucket(bucket('good', LIFE, 'no-such-policy'), fresh())
    expect(unknown).to.include({ reason: 'Policy' })
    expect(await good.bucket(bucket('good', TEN_YEARS), fresh())).to.include({ reason: 'Policy' })
    const kept = must(await keptBy(hostile, 'hostile'))
    const [row] = must(await hostile.read(kept.call))
    const { id } = must(await hostile.bucket(bucket('hostile', LIFE, 'policy', row!.expiresAt), fresh()))!
    program.write(['good', 'greedy'].map(policyOf))
    const again = { ...row!, sequence: 1 } as never
    await eventually(async () =>
      expect(await hostile.append([{ bucket: id, record: again }])).to.include({ reason: 'Policy' }),
    )
    program.write(['good', 'hostile', 'greedy'].map(policyOf))
    await eventually(async () => expect(must(await hostile.lives('policy'))).to.deep.equal(policyOf('x').rules))
  })

  it('has its records sealed for the life of the policy, whatever a pod says, and none of a policy that nobody knows', async () => {
    const call = randomUUID()
    expect(await put({}, TEN_YEARS, call)).to.include({ status: 204 })
    const [row] = must(await good.read(call))
    expect(row!.expiresAt).to.be.at.most(Date.now() + LIFE * 1_000)
    expect(row!.bucket.life).to.equal(LIFE)
    // It may be on its way to the store.
    expect(await put({ policy: 'new' })).to.include({ status: 503, retryAfter: '10' })
    expect(await put({ policy: 'gone', endedAt: Date.now() - 400_000 })).to.include({ status: 422 })
    const [other, record] = [randomUUID(), { class: 'CallerNumber', sequence: 0, life: LIFE, body: 'MQ==' }]
    expect(await put({ records: [record] }, LIFE, other)).to.include({ status: 204 })
    expect(must(await good.read(other)), 'a class that the policy does not keep').to.deep.equal([])
  })

  it('has so many keys and no more: its neighbours go on, and the refusal says how to get more', async () => {
    const greedy = clientOf('greedy')
    const later = (nth: number) => bucket('greedy', LIFE, 'policy', Date.now() + LIFE * 1_000 - nth * 2_000)
    let refusal: unknown
    for (let nth = 0; nth < KEYS + 10 && refusal === undefined; nth++) {
      const made = await greedy.bucket(later(nth), fresh())
      if (typeof made === 'object' && 'kind' in made) refusal = made
    }
    expect(refusal).to.include({ reason: 'QuotaExceeded', retryAfter: 60 })
    expect(refusal).to.have.property('because').that.includes('records.store.keysPerNamespace')
    must(await keptBy(good, 'good'))
    const metrics = await ask(program, { path: '/metrics', as: authority.issue([OPERATOR]), authority })
    expect(metrics.text).to.match(/callbot_store_refused_total\{namespace="greedy",reason="QuotaExceeded"\} [1-9]/)
  })

  it('stores its calls within a second beside a neighbour with 30 clients without end and 500 silent sockets', async () => {
    const { cert, key, ca } = namedAs('callbot-records.hostile.svc')
    const flood = new Agent({ keepAlive: true, maxSockets: 30, localAddress: loopback(31, 1), cert, key, ca })
    const statuses = new Map<number, number>()
    let isOver = false
    const body = OPERATIONS.read.request.write({ call: randomUUID(), most: 1_000 })
    const once = () =>
      new Promise<void>((resolve) => {
        const asked = request({
          host: 'localhost',
          port: program.port,
          path: pathOf('read'),
          method: 'POST',
          agent: flood,
        })
        asked.on('error', () => resolve())
        asked.on('response', (response) => {
          statuses.set(response.statusCode!, (statuses.get(response.statusCode!) ?? 0) + 1)
          response.resume().on('end', resolve)
        })
        asked.end(body)
      })
    const floods = Array.from({ length: 30 }, async () => {
      while (!isOver) await once()
    })
    const silent: Socket[] = Array.from({ length: 500 }, () =>
      connectTcp({ host: '127.0.0.1', port: program.port, localAddress: loopback(31, 2) }).on('error', () => undefined),
    )
    const took: number[] = []
    for (let nth = 0; nth < 40; nth++) {
      const from = performance.now()
      must(await keptBy(good, 'good'))
      took.push(performance.now() - from)
      await pause(20)
    }
    isOver = true
    await Promise.all(floods)
    flood.destroy()
    for (const socket of silent) socket.destroy()
    expect(statuses.get(429), 'refusals of the neighbour').to.be.greaterThan(0)
    expect(Math.max(...took)).to.be.below(patient(1_000))
  })

  it('has its records put off while the store is away, and stored once when it is back', async () => {
    const call = randomUUID()
    const [{ port }, ended] = [program, { endedAt: Date.now() - 1_000 }]
    expect(await program.end()).to.equal(0)
    const away = await put(ended, LIFE, call)
    expect(away).to.include({ status: 503, retryAfter: '2' })
    expect(away.text).to.include("the store can't be reached")
    program = await startStoreProgram({ ...options(), port })
    for (let nth = 0; nth < 2; nth++) expect(await put(ended, LIFE, call)).to.include({ status: 204 })
    expect(must(await good.read(call))).to.have.lengthOf(1)
  })

  it('loses its role and its SQL by the migration, and none of its records', async () => {
    const older = await startPostgres()
    const folder = mkdtempSync(join(tmpdir(), 'callbot-migrations-'))
    try {
      const before = readdirSync(MIGRATIONS).filter((name) => name < '008')
      for (const name of before) cpSync(join(MIGRATIONS, name), join(folder, name))
      const admin = older.connect(ADMIN)
      await migrate(admin, folder)
      await admin.use((client) => client.query("SELECT callbot.make_tenant('good')"))
      const own = older.connect('good', { connections: 1 })
      const insert = `INSERT INTO callbot.generations VALUES ('good', 'day-1')`
      await own.use((client) => client.query(insert))
      await migrate(admin)
      const asked = (sql: string) =>
        own
          .use((client) => client.query(sql))
          .then(
            ({ rows }) => rows,
            ({ code }: { code?: string }) => code,
          )
      expect(await asked('SELECT * FROM callbot.generations'), 'by a connection of before').to.equal('42501')
      expect(await asked('SELECT 1'), 'by a new one').to.equal('28000')
      expect(must(await storeOf(older, 'good').generations())).to.deep.equal(['day-1'])
      const left = await admin.use((client) =>
        client.query("SELECT FROM pg_roles WHERE rolname IN ('good', 'callbot_tenant')"),
      )
      expect(left.rowCount).to.equal(0)
    } finally {
      await older.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
