// @tier proof  @stage data  @programs operator records store-server sweep  @seconds 160
// @guard test/integration/store/records-program.test.ts
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../hack/cluster/shell.ts'
import { BRIEF_SECONDS, useDataStage } from '../harness/data-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { plugin } from '../harness/plugin.ts'

const DAY = 86_400_000
const dayIn = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10)
const HOLD = 'case-2026-17'

/** A live bot, a policy of seconds, and the plugin with a real kubectl: it executes in a pod of callbot-records. */
describe('records that a legal hold covers', function () {
  this.timeout(600_000)
  const stage = useDataStage()
  let folder = ''
  const exportTo = (file: string, hold = HOLD) =>
    plugin('hold', 'export', 'brief', hold, '-n', stage().namespace, '--output', join(folder, file))
  const linesOf = (file: string) =>
    readFileSync(join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  before('a call whose records have expired under a hold', async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-hold-'))
    const span = { callsFrom: dayIn(-1), callsUntil: dayIn(1), endsOn: dayIn(7) }
    await stage().change('brief', { legalHolds: [{ name: HOLD, reference: 'RG 26/00017', classes: [], ...span }] })
    await eventually(async () => {
      await stage().hurrySweep()
      const ready = await stage().condition('brief')
      expect(ready?.observedGeneration).to.equal((await stage().policyOf('brief')).metadata.generation)
      expect(ready?.reason).to.not.equal('Progressing')
    }, 120)
    await (
      await stage().callers.dial(stage().numbers.brief)
    ).outcome
    await eventually(async () => expect(await stage().keys('brief')).to.be.above(0), 30)
    await pause((BRIEF_SECONDS + 15) * 1_000)
  })
  after(() => rmSync(folder, { recursive: true }))

  it('outlast their time, and are read by nobody who does not export them', async () => {
    expect(await stage().keys('brief'), 'keys').to.be.above(0)
    expect(await stage().readable('brief'), 'for the namespace').to.deep.equal([])
    await eventually(async () => expect((await stage().status('brief'))?.mode).to.equal('Held'), 40)
  })

  it('are exported in the clear into a file of their owner, and who asked is written down', async () => {
    await eventually(async () => {
      const { code, text } = await exportTo('held.jsonl')
      expect(code, text).to.equal(0)
    }, 120)
    const [asked, ...rest] = linesOf('held.jsonl')
    const [end, ...records] = rest.toReversed()
    expect(asked).to.include({ kind: 'HoldExport', namespace: stage().namespace, policy: 'brief', hold: HOLD })
    expect(records.map((each) => each['class']))
      .to.include('CallMetadata')
      .and.to.include('CallerNumber')
    for (const { expiresAt } of records) expect(Date.parse(String(expiresAt)), 'it has expired').to.be.below(Date.now())
    expect(end).to.deep.equal({ kind: 'End', records: records.length, unreadable: 0 })
    expect(statSync(join(folder, 'held.jsonl')).mode & 0o777).to.equal(0o600)
    const { text } = await plugin('hold', 'exports', '-n', stage().namespace)
    expect(text).to.match(new RegExp(`brief +${HOLD} +${records.length} records +${String(asked!['askedBy'])}`))
  })

  it('are exported under no other name of a hold, and leave no file then', async () => {
    const { code, text } = await exportTo('other.jsonl', 'case-2026-18')
    expect([code, text]).to.satisfy(([exit, said]: [number, string]) => exit !== 0 && said.includes('case-2026-18'))
    expect(() => statSync(join(folder, 'other.jsonl'))).to.throw('ENOENT')
  })

  it('lose their keys once the hold is lifted, and are exported no more', async () => {
    await stage().change('brief', { legalHolds: [] })
    await eventually(async () => {
      await stage().hurrySweep()
      expect(await stage().keys('brief')).to.equal(0)
    }, 120)
    await eventually(async () => expect((await exportTo(`lifted-${Date.now()}.jsonl`)).code).to.not.equal(0), 120)
  })
})
