// @seconds 34
import { expect } from 'chai'
import { isRefusal } from '../../../src/store/postgres/refusal.ts'
import { eventually } from '../../harness/eventually.ts'
import { ADMIN, startPostgres, type Postgres } from '../../harness/postgres.ts'
import { keep, must, someRoots, storeOf } from '../../harness/stored-calls.ts'
import { OBSERVER, runMigrate, startSweep, type SweepProgram } from '../../harness/sweep-program.ts'

const policy = (more: object = {}) => ({
  ...{ tenant: 'lilas', name: 'policy', generation: 1, mode: 'Enforce', maxDeletionsPerRun: 100 },
  ...{ rules: [{ class: 'Transcript', seconds: 600 }], legalHolds: [], ...more },
})

describe('the program sweep, as a process, with a real PostgreSQL', function () {
  this.timeout(120_000)
  let postgres: Postgres
  let sweep: SweepProgram
  const stateOf = async (name = 'policy') => (await sweep.state())?.policies.find((each) => each.name === name)

  before(async () => {
    postgres = await startPostgres()
    const migrated = await runMigrate(postgres, ADMIN)
    expect(migrated.code, migrated.log).to.equal(0)
    sweep = await startSweep(postgres, [policy()])
    await eventually(async () => expect(await stateOf()).to.include({ generation: 1, stored: 0 }), 20)
  })
  after(async () => {
    await sweep?.end()
    await postgres?.stop()
  })

  it('is preceded by migrate, which ends by itself, can be repeated, and names what it is refused', async () => {
    expect(await runMigrate(postgres, ADMIN)).to.include({ code: 0 })
    const refused = await runMigrate(postgres, 'nobody')
    expect(refused.code).to.equal(1)
    expect(refused.log).to.include('SQLSTATE 28000')
  })

  it('answers only a peer that proves the name of the operator, and nothing but its state', async () => {
    const { authority } = postgres
    expect((await sweep.get('/state', authority.issue([`bot.lilas.svc`]))).status).to.equal(403)
    expect((await sweep.get('/', authority.issue([OBSERVER]))).status).to.equal(404)
    const nobody = await sweep.get('/state', undefined).then(
      ({ status }) => String(status),
      () => 'refused',
    )
    expect(nobody).to.equal('refused')
  })

  it('counts what is stored in a namespace', async () => {
    const store = storeOf(postgres, 'lilas')
    const kept = await keep({
      ...{ store, tenant: 'lilas', roots: someRoots(), class: 'Transcript', texts: ['un', 'deux'] },
      policy: { rules: [{ class: 'Transcript', seconds: 600 }] },
    })
    must(kept)
    await eventually(async () => {
      expect(await stateOf()).to.include({ stored: 2, audited: 0, fused: 0 })
    }, 30)
  })

  it('goes by a new file of policies, and keeps the last valid one when a file is broken', async () => {
    sweep.write([policy({ generation: 2 })])
    await eventually(async () => expect((await stateOf())?.generation).to.equal(2), 10)
    sweep.write('{"broken')
    await eventually(async () => expect((await sweep.state())?.problem).to.equal('PoliciesInvalid'), 10)
    expect((await stateOf())?.generation).to.equal(2)
    sweep.write([policy({ generation: 3 })])
    await eventually(async () => {
      const state = await sweep.state()
      expect(state?.problem).to.equal(undefined)
      expect((await stateOf())?.generation).to.equal(3)
    }, 10)
  })

  it('goes by the newest policies of all others while the file of one namespace is broken or missing', async () => {
    const both = (generation: number) => [
      policy({ generation }),
      policy({ tenant: 'roses', name: 'theirs', generation }),
    ]
    sweep.write(both(10))
    await eventually(async () => expect((await stateOf('theirs'))?.generation).to.equal(10), 10)
    sweep.writeOne('lilas', '[{"tenant":"roses"}]')
    sweep.writeOne('roses', JSON.stringify([policy({ tenant: 'roses', name: 'theirs', generation: 11 })]))
    await eventually(async () => expect((await stateOf('theirs'))?.generation).to.equal(11), 10)
    expect((await stateOf())?.generation).to.equal(10)
    // Whoever writes for one namespace says nothing of another.
    sweep.writeOne('lilas', JSON.stringify([policy({ tenant: 'roses', name: 'theirs', generation: 99 })]))
    sweep.writeOne('roses', JSON.stringify([policy({ tenant: 'roses', name: 'theirs', generation: 12 })]))
    await eventually(async () => expect((await stateOf('theirs'))?.generation).to.equal(12), 10)
    expect(await stateOf()).to.include({ generation: 10 })
    expect((await sweep.state())?.problem).to.equal(undefined)
    sweep.write([policy({ generation: 3 })])
    await eventually(async () => expect((await stateOf())?.generation).to.equal(3), 10)
  })

  it('shows a new certificate to both sides without a restart', async () => {
    const { authority } = postgres
    const before = sweep.log().length
    sweep.renew(authority.issue(['localhost'], undefined, 'callbot_sweep'))
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    expect(await stateOf()).to.include({ generation: 3 })
    expect((await sweep.state())?.problem).to.equal(undefined)
    expect(sweep.log().slice(before)).to.not.include('"level":50')
  })

  it('says that the database does not answer, and goes on when it does', async () => {
    await postgres.kill()
    await eventually(async () => expect((await sweep.state())?.problem).to.equal('StoreUnavailable'), 30)
    await postgres.start()
    await eventually(async () => expect((await sweep.state())?.problem).to.equal(undefined), 60)
    expect(isRefusal(await stateOf())).to.equal(false)
  })
})
