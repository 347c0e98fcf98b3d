// @stage data  @programs operator records store-server sweep
// @guard test/integration/store/purge.test.ts
// @guard test/integration/store/the-program-sweep.test.ts
import { expect } from 'chai'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { callFromOutside } from '../harness/live-calls.ts'
import { useDataStage } from '../harness/data-stage.ts'
import { eventually } from '../harness/eventually.ts'

const rules = (seconds: number) => [
  { class: 'CallMetadata' as const, seconds },
  { class: 'CallerNumber' as const, seconds },
]
const MONTH = 30 * 86_400
const HOUR = 3_600
/** A key is of records that expire within a thousandth of their life. */
const KEY_SHARE = 1_000
/** From the change of a policy to what it shortens: edges, operator, ConfigMap and a run of sweep. */
const UNREADABLE_SECONDS = 30

/** Rows that were stored under thirty days, on three zones, and what becomes of them when their policy changes. */
describe('stored data whose policy becomes tighter', function () {
  this.timeout(600_000)
  const stage = useDataStage()
  const purge = () => stage().condition('month', 'PurgeOnTime')
  const readable = () => stage().readable('month')
  let count = 0

  /** Calls that are stored for so long: edges, pods and sweep go by the policy of before for some seconds. */
  async function callsUnder(seconds: number): Promise<void> {
    const { numbers, change, ask } = stage()
    await change('month', { rules: rules(seconds), mode: 'Enforce', maxDeletionsPerRun: 100_000 })
    const ends = { by: 'Caller', afterMs: 500 } as const
    await eventually(async () => {
      await stage().hurrySweep()
      const outcome = await callFromOutside({ ...{ number: numbers.month, callsPerEdge: 1, perSecond: 3, ends } })
      expect(outcome.failed, outcome.errors).to.equal(0)
      await pause(1_000)
      const stored = await ask(`SELECT id FROM callbot.buckets WHERE policy = 'month' AND life = ${seconds}`)
      expect(stored).to.not.deep.equal([])
    }, 90)
  }

  before('calls of a month, and calls of an hour', async () => {
    await callsUnder(MONTH)
    await callsUnder(HOUR)
    count = (await readable()).length
    expect(count).to.be.greaterThan(5)
  })

  /** Applies the change, and waits until sweep goes by it. */
  async function goBy(change: Parameters<ReturnType<typeof stage>['change']>[1]): Promise<void> {
    await stage().change('month', change)
    await eventually(async () => {
      await stage().hurrySweep()
      const found = await stage().condition('month')
      expect(found?.observedGeneration).to.equal((await stage().policyOf('month')).metadata.generation)
      expect(found?.reason).to.not.equal('Progressing')
    }, 60)
  }

  it('is left alone in mode Audit, however tight the rules are', async () => {
    await goBy({ mode: 'Audit', rules: rules(1) })
    expect(await readable()).to.have.lengthOf(count)
    expect((await stage().status('month'))?.mode).to.equal('Audit')
  })

  it('is left alone by the fuse, and the condition says how many records it kept', async () => {
    await goBy({ mode: 'Enforce', rules: rules(1), maxDeletionsPerRun: 1 })
    await eventually(async () => expect(await purge()).to.include({ status: 'False', reason: 'FuseBlown' }), 40)
    expect(await readable()).to.have.lengthOf(count)
  })

  it('is not lengthened by a looser policy', async () => {
    const expiry = 'SELECT max(expires_at) AS until FROM callbot.records'
    const [was] = await stage().ask<{ until: string }>(expiry)
    await goBy({ rules: rules(2 * MONTH), maxDeletionsPerRun: 100_000 })
    const [is] = await stage().ask<{ until: string }>(expiry)
    expect(is).to.deep.equal(was)
    expect(await readable()).to.have.lengthOf(count)
  })

  it(`can't be read within ${UNREADABLE_SECONDS} s, and keys are destroyed as soon as all records under them have expired`, async () => {
    const from = performance.now()
    await stage().change('month', { rules: rules(1) })
    await eventually(async () => {
      await stage().hurrySweep()
      expect(await readable()).to.deep.equal([])
    }, UNREADABLE_SECONDS)
    const unreadable = (performance.now() - from) / 1_000
    const ofAnHour = `SELECT id FROM callbot.buckets WHERE policy = 'month' AND life = ${HOUR}`
    await eventually(async () => expect(await stage().ask(ofAnHour)).to.deep.equal([]), 30)
    const destroyed = (performance.now() - from) / 1_000
    await eventually(async () => {
      const next = Date.parse((await stage().status('month'))?.nextPurge ?? '')
      expect(next).to.be.below(Date.now() + (MONTH / KEY_SHARE) * 1_000)
    }, 30)
    printFigures('a tighter policy', [
      ['records of calls', String(count)],
      ['unreadable after', `${unreadable.toFixed(1)} s`],
      ['keys destroyed after', `${destroyed.toFixed(1)} s`],
    ])
    writeEvidence('tighter-policy', { calls: count, unreadableSeconds: unreadable, destroyedSeconds: destroyed })
  })

  it('stays so when the policy becomes loose again', async () => {
    await goBy({ rules: rules(MONTH) })
    expect(await readable()).to.deep.equal([])
  })
})
