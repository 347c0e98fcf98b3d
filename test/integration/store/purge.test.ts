// @seconds 69
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomInt, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pause } from '../../../hack/cluster/shell.ts'
import type { PolicyNow } from '../../../src/rules/retention/purge-plan.ts'
import { rewrapBucketKey, unwrapBucketKey } from '../../../src/seal/bucket-key.ts'
import { isFailure } from '../../../src/seal/failure.ts'
import { readRoots, type Roots } from '../../../src/seal/roots.ts'
import { asTenant } from '../../../src/store/postgres/connect.ts'
import { isRefusal } from '../../../src/store/postgres/refusal.ts'
import type { RecordRow } from '../../../src/messages/store/rows.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import { sweepOnce, type Step } from '../../../src/sweep/sweep-once.ts'
import { itWhole } from '../../harness/extent.ts'
import { encodings, found } from '../../harness/octets.ts'
import { ADMIN } from '../../harness/postgres.ts'
import {
  keep,
  makeRoom,
  must,
  reveal,
  someRoots,
  startStore,
  storeOf,
  type Kept,
  type StoredCalls,
} from '../../harness/stored-calls.ts'

const LIFE = 2
const WIDTH = 1_000
const LONG = 600

const policy: PolicyNow = {
  ...{ tenant: 'cabinet', name: 'policy', mode: 'Enforce', maxDeletionsPerRun: 1_000, legalHolds: [] },
  rules: [
    { class: 'Transcript', seconds: LIFE },
    { class: 'CollectedFields', seconds: LONG },
  ],
}

describe('a purge', () => {
  let stored: StoredCalls
  let store: TenantStore
  let long: Kept
  const roots = someRoots()
  const canary = () => Array.from({ length: 24 }, () => randomInt(10)).join('')
  const longText = canary()

  before(async function () {
    this.timeout(120_000)
    stored = await startStore()
    store = stored.tenant('cabinet')
    await makeRoom(stored.sweep, ['CollectedFields'], LONG)
    long = must(await keepAs('CollectedFields', longText))
  })
  after(() => stored?.stop())

  const keepAs = (dataClass: 'Transcript' | 'CollectedFields', ...texts: string[]) =>
    keep({ store, tenant: 'cabinet', roots, policy, class: dataClass, texts })
  const options = {
    // The policy is known to nobody, so that only the tests make partitions.
    ...{ policies: [] as PolicyNow[], limitOfUnknown: 1_000, partitionWidth: WIDTH, ahead: WIDTH },
  }
  const sweep = (o: Partial<Parameters<typeof sweepOnce>[0]> = {}) =>
    sweepOnce({ ...options, store: stored.sweep, ...o })

  /** One record in a partition of its own, which has expired, key and partition and all. */
  async function expired(text: string): Promise<Kept> {
    const from = Math.floor(Date.now() / WIDTH) * WIDTH + LIFE * 1_000
    for (let at = 0; at < 4; at++) {
      const bounds = { class: 'Transcript' as const, from: from + at * WIDTH, to: from + (at + 1) * WIDTH }
      await stored.sweep.create(bounds)
    }
    const kept = must(await keepAs('Transcript', text))
    await pause(from + 4 * WIDTH - Date.now() + 50)
    return kept
  }
  const transcriptsLeft = async () => ({
    keys: must(await stored.sweep.buckets()).filter((one) => one.class === 'Transcript').length,
    partitions: must(await stored.sweep.partitions()).filter((one) => one.class === 'Transcript').length,
  })
  async function nothingIsLeftNorLost(kept: Kept) {
    expect(must(await store.read(kept.call))).to.deep.equal([])
    expect(await transcriptsLeft()).to.deep.equal({ keys: 0, partitions: 0 })
    expect(must(await store.read(long.call)).map((row) => reveal(row, roots))).to.deep.equal([longText])
  }

  it('destroys the key, then detaches the partition, then drops it', async () => {
    const kept = await expired(canary())
    const steps: Step[] = []
    const report = must(await sweep({ onStep: async (step) => void steps.push(step) }))
    expect([...new Set(steps)]).to.deep.equal(['destroy', 'detach', 'drop', 'end'])
    expect(report).to.include({ keysDestroyed: 1, recordsErased: 1 })
    await nothingIsLeftNorLost(kept)
  })

  for (const dieAt of ['destroy', 'detach', 'drop', 'end'] as const) {
    it(`whose process is killed before ${dieAt} leaves nothing readable, and the next one ends it`, async () => {
      const kept = await expired(canary())
      const { cert, key } = stored.postgres.authority.issue(['sweep'], undefined, 'callbot_sweep')
      const identity = { cert, key, ca: stored.postgres.authority.cert }
      const env = { ...process.env, SWEEP: JSON.stringify({ port: stored.postgres.port, identity, options, dieAt }) }
      const child = spawn(process.execPath, [join(import.meta.dirname, '../../harness/sweep-process.ts')], {
        env,
        stdio: 'ignore',
      })
      const [, signal] = await once(child, 'exit')
      expect(signal).to.equal('SIGKILL')
      expect(must(await store.read(kept.call))).to.deep.equal([])
      must(await sweep())
      await nothingIsLeftNorLost(kept)
    })

    const itDies = dieAt === 'detach' ? it : itWhole
    itDies(`whose database is killed before ${dieAt} leaves nothing readable, and the next one ends it`, async () => {
      const kept = await expired(canary())
      const killed = await sweep({
        onStep: async (step) => {
          if (step === dieAt) await stored.postgres.kill()
        },
      })
      if (dieAt !== 'end') expect(isRefusal(killed)).to.equal(true)
      await stored.postgres.start()
      expect(must(await store.read(kept.call))).to.deep.equal([])
      must(await sweep())
      await nothingIsLeftNorLost(kept)
    })
  }

  it('behind a reader lets nobody who writes wait, and is finished after the database died in the middle', async () => {
    const kept = await expired(canary())
    const reader = asTenant(stored.postgres.connect('callbot_store'), 'cabinet')
    let purge: Promise<unknown> | undefined
    const waits: number[] = []
    const reading = reader.transaction(async (client) => {
      await client.query('SELECT count(*) FROM callbot.records')
      purge = sweep()
      for (const until = performance.now() + 1_500; performance.now() < until; await pause(10)) {
        const before = performance.now()
        must(await keepAs('CollectedFields', 'x'))
        waits.push(performance.now() - before)
      }
      await stored.postgres.kill()
    })
    const broken = await reading.then(
      () => 'ended',
      (error: Error) => error.message,
    )
    expect(broken).to.match(/terminated|ECONNRESET|not queryable/)
    expect(await purge).to.include({ reason: 'Unavailable' })
    await stored.postgres.start()
    const states = must(await stored.sweep.partitions()).map(({ state }) => state)
    expect(states).to.include('Detaching')
    must(await sweep())
    await nothingIsLeftNorLost(kept)
    expect(waits.length).to.be.greaterThan(20)
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.9)]).to.be.lessThan(250)
  })

  it('is stopped by the fuse, and in mode Audit, and destroys nothing then', async () => {
    const kept = await expired(canary())
    const audit = { ...policy, mode: 'Audit' as const, rules: [] }
    expect(must(await sweep({ limitOfUnknown: 0 })).fused).to.deep.equal(['cabinet/policy'])
    expect(must(await sweep({ policies: [audit] }))).to.include({ keysDestroyed: 0, keysAudited: 1 })
    expect((await transcriptsLeft()).keys).to.equal(1)
    must(await sweep())
    await nothingIsLeftNorLost(kept)
  })

  it('of all that a wrong policy shortens is stopped by the fuse before anything is shortened', async () => {
    const wrong = { ...policy, rules: [], maxDeletionsPerRun: 0 }
    const report = must(await sweep({ policies: [wrong] }))
    expect(report).to.include({ keysShortened: 0, keysDestroyed: 0 })
    expect(must(await store.read(long.call)).map((row) => reveal(row, roots))).to.deep.equal([longText])
  })

  it('of the database in the middle of a write loses nothing that was acknowledged, and keeps no half of the rest', async () => {
    const texts = Array.from({ length: 300 }, canary)
    const call = randomUUID()
    const o = { store, tenant: 'cabinet', roots, policy, class: 'CollectedFields' as const, texts, call }
    for (const delay of [0, 2, 5, 10]) {
      const writing = keep({ ...o, call: randomUUID() })
      await pause(delay)
      await stored.postgres.kill()
      const result = await writing
      await stored.postgres.start()
      if (!isRefusal(result)) expect(must(await store.read(result.call))).to.have.length(300)
    }
    const acknowledged = must(await keep(o))
    await stored.postgres.kill()
    await stored.postgres.start()
    expect(must(await store.read(acknowledged.call))).to.have.length(300)
    const halves = await stored.postgres
      .connect(ADMIN)
      .use((client) => client.query('SELECT FROM callbot.records GROUP BY call HAVING count(*) NOT IN (1, 300)'))
    expect(halves.rowCount).to.equal(0)
  })

  it('leaves nothing in files and WAL but ciphertext, whose key goes with its generation', async function () {
    this.timeout(60_000)
    const admin = stored.postgres.connect(ADMIN)
    const text = canary()
    const kept = must(await keepAs('CollectedFields', text))
    const [row] = must(await store.read(kept.call)) as [RecordRow]
    await admin.use((client) => client.query('CHECKPOINT'))
    const needles = encodings(text)
    expect(needles.size).to.be.at.least(12)
    const bucketKey = unwrapBucketKey(row.wrapped, row.bucket, roots)
    if (isFailure(bucketKey)) throw new Error(bucketKey.because)
    const secrets = new Map([...needles, ['key of the bucket', bucketKey], ['root key', roots.keys.get('day-1')!]])
    const { folder } = stored.postgres
    expect(found(folder, new Map([['ciphertext', row.body]]))).to.deep.equal(['ciphertext'])
    expect(found(folder, secrets)).to.deep.equal([])

    // The root key turns: living keys move to the new generation, then the old one is destroyed.
    const turned = readRoots(
      `day-2 ${someRoots().keys.get('day-1')!.toString('base64')}\nday-1 ${roots.keys.get('day-1')!.toString('base64')}`,
    ) as Roots
    await stored.postgres.kill()
    const backup = await stored.postgres.restored()
    try {
      await stored.postgres.start()
      for (const one of must(await store.under('day-1'))) {
        const wrapped = rewrapBucketKey(one, one.bucket, turned)
        if (isFailure(wrapped)) throw new Error(wrapped.because)
        expect(must(await store.rewrap(one.id, one, wrapped))).to.equal(true)
      }
      const only = { current: 'day-2', keys: new Map([['day-2', turned.keys.get('day-2')!]]) }
      expect(must(await store.read(kept.call)).map((one) => reveal(one, only))).to.deep.equal([text])
      const [old] = must(await storeOf(backup, 'cabinet').read(kept.call)) as [RecordRow]
      expect(reveal(old, roots)).to.equal(text)
      expect(reveal(old, only)).to.equal('GenerationUnknown')
    } finally {
      await backup.stop()
    }

    // A search that finds nothing planted is blind.
    await admin.use(async (client) => {
      await client.query('CREATE TABLE public.planted (leak bytea)')
      for (const leak of needles.values()) await client.query('INSERT INTO public.planted VALUES ($1)', [leak])
      await client.query('CHECKPOINT')
    })
    expect(found(folder, needles)).to.deep.equal([...needles.keys()].toSorted())
  })
})
