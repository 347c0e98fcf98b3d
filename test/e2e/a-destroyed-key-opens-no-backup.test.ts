// @stage none  @programs records store-server sweep
// @guard test/integration/store/root-keys-turn.test.ts
// @guard test/integration/store/keys-are-gone.test.ts
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { generationAt, type RootsInUse } from '../../src/rules/root-turn.ts'
import { readRoots, type Roots } from '../../src/seal/roots.ts'
import type { Issued } from '../harness/authority.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { openRow, SEALED_ROWS, type SealedRow } from '../harness/open-records.ts'
import { OPERATOR } from '../harness/pod-process.ts'
import { ADMIN, type Postgres } from '../harness/postgres.ts'
import { ask, rootsText, setRecordsStage, type RecordsStage } from '../harness/records-program.ts'
import { keepsAll } from '../harness/store-program.ts'
import { must } from '../harness/stored-calls.ts'
import { startSweep, type SweepProgram } from '../harness/sweep-program.ts'

const TENANT = 'clinic'
const POLICY = 'ten-minutes'
const DAY_MS = 86_400_000
const DAYS = extent('DAYS', { short: 2, whole: 7 })
/** Of each day; half of them expire soon. */
const CALLS = extent('CALLS', { short: 10, whole: 30 })
/** Longer than a day of calls takes here, so that its backup has their keys. */
const BRIEF_SECONDS = 20
const LONG_SECONDS = 600

/** One day of a client's: the key that it had, the calls that ended, and a copy of the database's disk at its end. */
interface Day {
  readonly roots: Roots
  /** What was said, by call. */
  readonly said: ReadonlyMap<string, string>
  readonly backup: Postgres
}

/** What a server has, whoever may read it: by its superuser, past all rules of rows. */
async function openAll(server: Postgres, roots: Roots): Promise<{ rows: number; opened: Map<string, string> }> {
  const { rows } = await server.connect(ADMIN).use((client) => client.query<SealedRow>(SEALED_ROWS))
  const opened = new Map<string, string>()
  for (const row of rows) {
    const plain = openRow(row, roots)
    if (plain !== undefined) opened.set(row.call, plain)
  }
  return { rows: rows.length, opened }
}

describe(`a key that was destroyed, and backups of ${DAYS} days,`, function () {
  this.timeout(900_000)
  const days: Day[] = []
  let stage: RecordsStage
  let sweep: SweepProgram
  let pod: Issued
  let operator: Issued
  let last: Roots

  const rootsOfDay = (day: number) => {
    const generation = generationAt(Date.now() - (DAYS + 1 - day) * DAY_MS)
    return readRoots(`${generation} ${randomBytes(32).toString('base64')}`) as Roots
  }
  const fileOfDay = (day: number) => (day % 2 === 0 ? stage.records.rootsFile : stage.records.otherRootsFile)
  const inUse = async (): Promise<RootsInUse | undefined> => {
    const { text } = await ask(stage.records, { path: '/state', as: operator, authority: stage.authority })
    return (JSON.parse(text) as { roots?: RootsInUse }).roots
  }

  async function put(life: number): Promise<readonly [call: string, said: string]> {
    const [call, said] = [randomUUID(), `words of ${randomUUID()}`]
    const record = { class: 'Transcript', sequence: 0, life, body: Buffer.from(said).toString('base64') }
    const body = JSON.stringify({ policy: POLICY, endedAt: Date.now() - 100, records: [record] })
    await eventually(async () => {
      const { authority, records } = stage
      const answer = await ask(records, { method: 'PUT', path: `/calls/${call}`, as: pod, authority, body })
      expect(answer).to.include({ status: 204 })
    }, 30)
    return [call, said]
  }

  /** A copy as a snapshot of its volume is: of a server that is killed in the middle of its work. */
  async function backUp(): Promise<Postgres> {
    await stage.stored.postgres.kill()
    const backup = await stage.stored.postgres.restored()
    await stage.stored.postgres.start()
    return backup
  }

  before(async () => {
    last = rootsOfDay(0)
    stage = await setRecordsStage({ tenant: TENANT, roots: last, classes: ['Transcript'], policies: [POLICY] })
    // As the chart's database has it.
    for (const sql of ["ALTER SYSTEM SET wal_recycle = 'off'", 'SELECT pg_reload_conf()'])
      await stage.stored.postgres.connect(ADMIN).use((client) => client.query(sql))
    pod = stage.authority.issue([`town-hall.${TENANT}.svc`])
    operator = stage.authority.issue([OPERATOR])
    sweep = await startSweep(stage.stored.postgres, [keepsAll(TENANT, POLICY)], {
      ...{ CALLBOT_FILES_SECONDS: '1', CALLBOT_TRANSACTION_SECONDS: '2' },
    })
    for (let day = 0; day < DAYS; day++) {
      const said: (readonly [string, string])[] = []
      for (let call = 0; call < CALLS; call++) said.push(await put(call % 2 === 0 ? BRIEF_SECONDS : LONG_SECONDS))
      days.push({ roots: last, said: new Map(said), backup: await backUp() })
      last = rootsOfDay(day + 1)
      writeFileSync(fileOfDay(day + 1), rootsText(last))
      await eventually(async () => {
        const roots = await inUse()
        expect(roots).to.deep.include({ generation: last.current })
        expect(roots!.needs).to.deep.equal([roots!.seals])
      }, 60)
      rmSync(fileOfDay(day))
    }
    const brief = `SELECT count(*)::integer AS n FROM callbot.buckets WHERE life = ${BRIEF_SECONDS}`
    await eventually(async () => {
      const { rows } = await stage.stored.postgres.connect(ADMIN).use((client) => client.query<{ n: number }>(brief))
      expect(rows, 'keys of what has expired').to.deep.equal([{ n: 0 }])
      expect((await sweep.state())!.keysInFiles).to.equal(undefined)
    }, 90)
  })
  after(async () => {
    await sweep?.end()
    for (const { backup } of days) await backup.stop()
    await stage?.remove()
  })

  it('is in each backup that was made before, where whoever kept the root key of that day opens all that was said', async () => {
    for (const { roots, said, backup } of days) {
      const { opened } = await openAll(backup, roots)
      for (const [call, words] of said) expect(opened.get(call)).to.equal(words)
    }
  })

  it('opens in none of them by the root key that is left: not one record, expired or not', async () => {
    let sealed = 0
    for (const { backup } of days) {
      const { rows, opened } = await openAll(backup, last)
      sealed += rows
      expect(opened.size).to.equal(0)
    }
    expect(sealed, 'records in backups').to.be.at.least(DAYS * CALLS)
    const figures = { days: DAYS, calls: DAYS * CALLS, 'records in backups': sealed, opened: 0 }
    writeEvidence('backups', figures)
    printFigures(
      'backups after the root key has turned',
      Object.entries(figures).map(([name, value]) => [name, String(value)]),
    )
  })

  it('takes nothing along that is still kept: the database gives all of it, of every day, and nothing that has expired', async () => {
    for (const { said } of days)
      for (const [index, call] of [...said.keys()].entries())
        expect(must(await stage.store.read(call)), `call ${index}`).to.have.lengthOf(index % 2)
    const kept = days.flatMap(({ said }) => [...said].filter((_, index) => index % 2 === 1))
    expect((await openAll(stage.stored.postgres, last)).opened).to.deep.equal(new Map(kept))
  })
})
