// @seconds 12
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { pause } from '../../../hack/cluster/shell.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import {
  keep,
  keeping,
  makeRoom,
  must,
  reveal,
  someRoots,
  startStore,
  type StoredCalls,
} from '../../harness/stored-calls.ts'

describe('a record of a call in PostgreSQL', () => {
  let stored: StoredCalls
  let store: TenantStore
  const roots = someRoots()
  const tenant = 'cabinet'

  before(async function () {
    this.timeout(120_000)
    stored = await startStore()
    store = stored.tenant(tenant)
    await makeRoom(stored.sweep, ['Transcript', 'CallerNumber'], 60)
  })
  after(() => stored?.stop())

  const about = { tenant, roots, class: 'Transcript' as const }

  it('is read as it was written, in its order', async () => {
    const kept = must(
      await keep({ ...about, store, policy: keeping(60, 'Transcript'), texts: ['bonjour', 'au revoir'] }),
    )
    const rows = must(await store.read(kept.call))
    expect(rows.map((row) => reveal(row, roots))).to.deep.equal(['bonjour', 'au revoir'])
  })

  it('is stored once, however often it is sent', async () => {
    const o = {
      ...about,
      store,
      policy: keeping(60, 'Transcript'),
      texts: ['oui'],
      call: randomUUID(),
      endedAt: Date.now(),
    }
    must(await keep(o))
    must(await keep(o))
    expect(must(await store.read(o.call))).to.have.length(1)
  })

  it('can not be read from its second on, in a transaction that began before and by an open cursor neither', async () => {
    const policy = keeping(2, 'Transcript')
    const kept = must(await keep({ ...about, store, policy, texts: ['numéro'] }))
    const database = stored.postgres.connect('callbot_store')
    await database.transaction(async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
      await client.query("SELECT set_config('callbot.tenant', $1, true)", [tenant])
      const count = async () =>
        (await client.query('SELECT FROM callbot.records WHERE call = $1', [kept.call])).rowCount
      await client.query(
        `DECLARE open NO SCROLL CURSOR FOR SELECT body FROM callbot.records WHERE call = '${kept.call}'`,
      )
      expect(await count()).to.equal(1)
      await pause(kept.expiresAt - Date.now() - 100)
      expect(await count()).to.equal(1)
      await pause(kept.expiresAt - Date.now() + 1)
      expect(await count()).to.equal(0)
      expect((await client.query('FETCH ALL FROM open')).rowCount).to.equal(0)
    })
    expect(must(await store.read(kept.call))).to.deep.equal([])
  })

  it('is refused after its second', async () => {
    const policy = keeping(2, 'Transcript')
    const late = { ...about, store, policy, texts: ['trop tard'], endedAt: Date.now() - 2_500 }
    expect(await keep(late)).to.include({ kind: 'refused', reason: 'Denied' })
  })

  it('is refused when it would live longer than its life from now', async () => {
    const early = {
      ...about,
      store,
      policy: keeping(60, 'Transcript'),
      texts: ['demain'],
      endedAt: Date.now() + 122_000,
    }
    expect(await keep(early)).to.include({ kind: 'refused', reason: 'Denied' })
  })

  it('expires earlier at once when the policy becomes stricter, and no later when it becomes wider', async () => {
    const kept = must(await keep({ ...about, store, policy: keeping(50, 'Transcript'), texts: ['plus court'] }))
    const [bucket] = must(await stored.sweep.buckets()).filter(({ life }) => life === 50)
    expect(must(await store.read(kept.call))).to.have.length(1)
    must(await stored.sweep.shorten([bucket!.id], 49))
    await pause(kept.expiresAt - 49_000 - Date.now() + 1)
    expect(must(await store.read(kept.call))).to.deep.equal([])
    expect(must(await stored.sweep.shorten([bucket!.id], 0))).to.equal(0)
    const sweep = stored.postgres.connect('callbot_sweep')
    const lengthen = sweep.use((client) => client.query('UPDATE callbot.buckets SET shortened = 0 WHERE life = 50'))
    expect(await lengthen.catch((error: Error) => error.message)).to.equal(
      'a life that was shortened is never lengthened',
    )
  })

  it('is lost with its key, and a key is not destroyed before its time', async () => {
    const kept = must(await keep({ ...about, store, policy: keeping(3, 'Transcript'), texts: ['clé'] }))
    const ids = must(await stored.sweep.buckets())
      .filter(({ life }) => life === 3)
      .map(({ id }) => id)
    expect(must(await stored.sweep.destroy(ids))).to.deep.equal([])
    expect(must(await store.read(kept.call)).map((row) => reveal(row, roots))).to.deep.equal(['clé'])
    await pause(kept.expiresAt - Date.now() + 1_000)
    expect(must(await stored.sweep.destroy(ids))).to.have.lengthOf(1)
  })

  it('needs a partition, and says who makes it', async () => {
    const long = { ...about, store, policy: keeping(86_400 * 30, 'Transcript'), texts: ['un mois'] }
    expect(await keep(long)).to.include({ kind: 'refused', reason: 'NoPartition' })
  })

  it('is refused, and not lost silently, while the database is dead', async () => {
    const o = {
      ...about,
      store,
      policy: keeping(60, 'Transcript'),
      texts: ['encore'],
      call: randomUUID(),
      endedAt: Date.now(),
    }
    await stored.postgres.kill()
    expect(await keep(o)).to.include({ kind: 'refused', reason: 'Unavailable' })
    await stored.postgres.start()
    must(await keep(o))
    expect(must(await store.read(o.call))).to.have.length(1)
  })
})
