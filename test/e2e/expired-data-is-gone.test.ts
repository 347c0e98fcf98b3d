// @tier check  @stage data  @seconds 81
import { expect } from 'chai'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { BRIEF_SECONDS, useDataStage } from '../harness/data-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { rowsIn, watchUntilGone } from '../harness/store-pods.ts'
import * as zones from '../harness/three-zones.ts'

/** A live bot on three zones, the chart's PostgreSQL, and a policy of seconds. */
describe('data of a call whose time has come', function () {
  this.timeout(600_000)
  const stage = useDataStage()
  const status = () => stage().status('brief')
  /** From the moment on at which it is there: on a busy machine it is gone before other tests have ended. */
  let watching: ReturnType<typeof watchUntilGone>

  before(async () => {
    const caller = await stage().callers.dial(stage().numbers.brief)
    await caller.outcome
  })

  it('is stored first: the store reads it for its namespace, and the status counts it', async () => {
    await eventually(async () => {
      const rows = await rowsIn<{ class: string }>(stage().tenant, 'SELECT class FROM callbot.records ORDER BY class')
      expect(rows).to.deep.include({ class: 'CallMetadata' })
    }, 30)
    watching = watchUntilGone(stage().tenant, 'brief', (BRIEF_SECONDS + 30) * 1_000)
    watching.catch(() => undefined) // reported by the test that waits for it
    await eventually(async () => {
      const now = await status()
      expect(now?.stored).to.be.greaterThan(0)
      expect(now).to.include({ mode: 'Timed', violations: 0 })
      expect(Date.parse(now!.oldest!)).to.be.closeTo(Date.now(), 120_000)
      expect(Date.parse(now!.nextPurge!)).to.be.greaterThan(Date.now() - 5_000)
    }, 40)
  })

  it('is read by nobody else: another role is refused with this certificate, and sweep reads neither key nor body', async () => {
    const stranger = await rowsIn({ ...stage().tenant, role: 'callbot_sweep' }, 'SELECT 1')
    expect(stranger).to.deep.equal({ code: '28000' })
    const asked = await stage().sweep()
    for (const sql of ['SELECT body FROM callbot.records', 'SELECT key FROM callbot.buckets'])
      expect(await rowsIn(asked, sql)).to.deep.equal({ code: '42501' })
  })

  it('is gone for its namespace at its second', async () => {
    const seen = await watching
    const late = Math.max(0, (seen.goneAt ?? Infinity) - seen.lastExpiry)
    printFigures('expired data', [['readable after its expiry', `${late.toFixed(0)} ms at most`]])
    writeEvidence('expired-data-is-gone', { ...seen, lateMilliseconds: late })
    expect(seen.lastSeenAt, 'when it was read last').to.be.at.most(seen.lastExpiry)
    expect(late, 'until it could not be read').to.be.below(1_000)
  })

  it('has no key any more soon after, and the status says what was erased', async () => {
    await eventually(async () => expect(await stage().keys('brief')).to.equal(0), 30)
    await eventually(async () => {
      const now = await status()
      expect(now?.lastPurge?.erased).to.be.greaterThan(0)
      expect(now).to.include({ stored: 0, violations: 0, nextPurge: 'none' }).and.not.have.property('oldest')
    }, 40)
  })

  it('runs with two pods in two zones, and root keys that belong to nobody', async () => {
    const { namespace } = stage()
    const pods = (await zones.podsIn(namespace)).filter(({ metadata }) => metadata.name.startsWith('callbot-records-'))
    expect(new Set(pods.map(({ spec }) => spec.nodeName))).to.have.property('size', 2)
    const secrets = await stage().rootKeys()
    for (const { metadata } of secrets) expect(metadata).to.not.have.property('ownerReferences')
  })
})
