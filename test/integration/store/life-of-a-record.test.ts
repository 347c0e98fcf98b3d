// @seconds 12
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { pause } from '../../../hack/cluster/shell.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import { must, reveal } from '../../harness/stored-calls.ts'
import { startTranscripts, type Transcripts } from '../../harness/transcripts.ts'

describe('a record of a call in PostgreSQL', () => {
  let stored: Transcripts
  let store: TenantStore
  const tenant = 'cabinet'

  before(async function () {
    this.timeout(120_000)
    stored = await startTranscripts(60)
    store = stored.tenant(tenant)
  })
  after(() => stored?.stop())

  const keep = (text: string, more: { life?: number; call?: string; endedAt?: number } = {}) =>
    stored.keep({ store, tenant, texts: text.split('\n'), ...more })
  const textsOf = async (call: string) => must(await store.read(call)).map((row) => reveal(row, stored.roots))

  it('is read as it was written, in its order', async () => {
    const kept = must(await keep('bonjour\nau revoir'))
    expect(await textsOf(kept.call)).to.deep.equal(['bonjour', 'au revoir'])
  })

  it('is stored once, however often it is sent', async () => {
    const same = { call: randomUUID(), endedAt: Date.now() }
    must(await keep('oui', same))
    must(await keep('oui', same))
    expect(await textsOf(same.call)).to.deep.equal(['oui'])
  })

  it('can not be read from its second on, in a transaction that began before and by an open cursor neither', async () => {
    const kept = must(await keep('numéro', { life: 2 }))
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
    const late = await keep('trop tard', { life: 2, endedAt: Date.now() - 2_500 })
    expect(late).to.include({ kind: 'refused', reason: 'Denied' })
  })

  it('is refused when it would live longer than its life from now', async () => {
    expect(await keep('demain', { endedAt: Date.now() + 122_000 })).to.include({ kind: 'refused', reason: 'Denied' })
  })

  it('expires earlier at once when the policy becomes stricter, and no later when it becomes wider', async () => {
    const kept = must(await keep('plus court', { life: 50 }))
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
    const kept = must(await keep('clé', { life: 3 }))
    const ids = must(await stored.sweep.buckets())
      .filter(({ life }) => life === 3)
      .map(({ id }) => id)
    expect(must(await stored.sweep.destroy(ids))).to.deep.equal([])
    expect(await textsOf(kept.call)).to.deep.equal(['clé'])
    await pause(kept.expiresAt - Date.now() + 1_000)
    expect(must(await stored.sweep.destroy(ids))).to.have.lengthOf(1)
  })

  it('needs a partition, and says who makes it', async () => {
    expect(await keep('un mois', { life: 86_400 * 30 })).to.include({ kind: 'refused', reason: 'NoPartition' })
  })

  it('is refused, and not lost silently, while the database is dead', async () => {
    const same = { call: randomUUID(), endedAt: Date.now() }
    await stored.postgres.kill()
    expect(await keep('encore', same)).to.include({ kind: 'refused', reason: 'Unavailable' })
    await stored.postgres.start()
    must(await keep('encore', same))
    expect(await textsOf(same.call)).to.deep.equal(['encore'])
  })
})
