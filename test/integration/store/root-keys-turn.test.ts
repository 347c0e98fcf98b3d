// @seconds 13
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { generationAt } from '../../../src/rules/root-turn.ts'
import { readRoots, type Roots } from '../../../src/seal/roots.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import type { Issued } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { OPERATOR } from '../../harness/pod-process.ts'
import { ask, rootsText, setRecordsStage, type RecordsStage } from '../../harness/records-program.ts'
import { must, reveal } from '../../harness/stored-calls.ts'

const TENANT = 'clinic'
const [FIRST, SECOND] = [generationAt(Date.now() - 2 * 86_400_000), generationAt(Date.now() - 86_400_000)]
const aKey = (generation: string) => readRoots(`${generation} ${randomBytes(32).toString('base64')}`) as Roots

/** The real program, a real PostgreSQL 17, and Secrets that come and go as the kubelet brings and takes them. */
describe('the turn of root keys in the database', function () {
  this.timeout(60_000)
  const [first, second] = [aKey(FIRST), aKey(SECOND)]
  const both: Roots = { current: SECOND, keys: new Map([...first.keys, ...second.keys]) }
  let stage: RecordsStage
  let pod: Issued
  let operator: Issued

  before(async function () {
    this.timeout(180_000)
    stage = await setRecordsStage({ tenant: TENANT, roots: first, classes: ['CallMetadata'] })
    pod = stage.authority.issue(['town-hall.clinic.svc'])
    operator = stage.authority.issue([OPERATOR])
  })
  after(async () => {
    await stage?.remove()
  })

  async function put(text: string): Promise<string> {
    const call = randomUUID()
    const record = { class: 'CallMetadata', sequence: 0, life: 600, body: Buffer.from(text).toString('base64') }
    const body = JSON.stringify({ policy: 'thirty-days', endedAt: Date.now() - 1_000, records: [record] })
    const { authority, records } = stage
    expect(await ask(records, { method: 'PUT', path: `/calls/${call}`, as: pod, authority, body })).to.include({
      status: 204,
    })
    return call
  }
  const inUse = async () => {
    // The listener takes 30 new connections a second from one address.
    await pause(100)
    const { text } = await ask(stage.records, { path: '/state', as: operator, authority: stage.authority })
    return (JSON.parse(text) as { roots?: unknown }).roots
  }
  const rowOf = async (call: string) => must(await stage.store.read(call))[0]!
  let calls: string[] = []

  it('begins with one generation, and says so', async () => {
    calls = [await put('one')]
    await eventually(
      async () => expect(await inUse()).to.deep.equal({ seals: 'a', generation: FIRST, needs: ['a'] }),
      15,
    )
    expect(must(await stage.store.generations())).to.deep.equal([FIRST])
  })

  it('brings every key under the new generation, and the one before is needed no more, though its Secret is there', async () => {
    writeFileSync(stage.records.otherRootsFile, rootsText(second))
    await eventually(
      async () => expect(await inUse()).to.deep.equal({ seals: 'b', generation: SECOND, needs: ['b'] }),
      20,
    )
    calls.push(await put('two'))
    for (const call of calls) expect((await rowOf(call)).wrapped.generation).to.equal(SECOND)
    expect(await Promise.all(calls.map(async (call) => reveal(await rowOf(call), second)))).to.deep.equal([
      'one',
      'two',
    ])
    expect(must(await stage.store.generations())).to.deep.equal([SECOND])
  })

  it('opens nothing any more by the generation before: what a backup of the database has is noise with it alone', async () => {
    expect(reveal(await rowOf(calls[0]!), first)).to.equal('GenerationUnknown')
  })

  it('goes on when the Secret of the one before is taken, and after the program was killed', async () => {
    rmSync(stage.records.rootsFile)
    await stage.records.kill()
    await stage.records.start()
    await eventually(
      async () => expect(await inUse()).to.deep.equal({ seals: 'b', generation: SECOND, needs: ['b'] }),
      15,
    )
    calls.push(await put('three'))
    expect(reveal(await rowOf(calls.at(-1)!), both)).to.equal('three')
  })

  it('lets no pod that is late bring the retired generation back', async () => {
    const [row] = must(await stage.store.under(SECOND, 1))
    const bucket = { ...row!.bucket, policy: 'late' }
    const late = await stage.store.bucket(bucket, { generation: FIRST, key: randomBytes(60) })
    expect(late).to.include({ kind: 'refused', reason: 'Denied' })
    expect(must(await stage.store.generations())).to.deep.equal([SECOND])
  })

  it('retires no generation under which there is a bucket', async () => {
    expect(await stage.store.retire(SECOND)).to.equal(false)
    expect(must(await stage.store.generations())).to.deep.equal([SECOND])
  })

  it('says nothing of what it needs while it has not read the key of a bucket: nobody may take a Secret then', async () => {
    const third = aKey(generationAt(Date.now() - 3_600_000))
    await stage.records.end()
    rmSync(stage.records.otherRootsFile)
    writeFileSync(stage.records.rootsFile, rootsText(third))
    await stage.records.start()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(await inUse()).to.equal(undefined)
    writeFileSync(stage.records.otherRootsFile, rootsText(second))
    await eventually(
      async () => expect(await inUse()).to.deep.equal({ seals: 'a', generation: third.current, needs: ['a'] }),
      20,
    )
    for (const call of calls) expect(reveal(await rowOf(call), third)).to.be.oneOf(['one', 'two', 'three'])
  })
})
