import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { DATA_CLASSES } from '../../../../src/api/retention-policy.ts'
import type { DataClass } from '../../../../src/rules/retention/life.ts'
import {
  addCall,
  type Backlog,
  CALL_OCTETS,
  dropExpired,
  emptyBacklog,
  markSent,
  removeCall,
  tightenBacklog,
} from '../../../../src/voice/record/backlog.ts'
import type { CallRecords, PlainRecord } from '../../../../src/voice/record/call-record.ts'

const MOST = 3_000
const DAY = 86_400_000

const aRecord = (dataClass: DataClass, octets = 10, life = 60): PlainRecord => ({
  ...{ class: dataClass, sequence: 0, life, body: Buffer.alloc(octets, 1) },
})
const aCall = (records: readonly PlainRecord[], endedAt = 0): CallRecords => ({
  ...{ to: 'Store', call: randomUUID(), policy: 'thirty-days', place: 'here:1', endedAt, records },
})
const anyRecords = fc
  .uniqueArray(fc.constantFrom(...DATA_CLASSES), { minLength: 1 })
  .chain((classes) =>
    fc.tuple(
      ...classes.map((one) =>
        fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 100 })).map(([octets, life]) => aRecord(one, octets, life)),
      ),
    ),
  )
const anyCalls = fc.array(fc.tuple(anyRecords, fc.nat(100_000)).map(([records, endedAt]) => aCall(records, endedAt)))

const sizeOf = ({ calls }: Backlog) =>
  calls.reduce(
    (sum, { records }) => sum + CALL_OCTETS + records.reduce((octets, { body }) => octets + body.length, 0),
    0,
  )
const recordsIn = ({ calls }: Backlog) => calls.flatMap(({ records }) => records)
const fill = (calls: readonly CallRecords[], most = MOST) =>
  calls.reduce(
    ({ backlog, gone }, call) => {
      const changed = addCall(backlog, call, most)
      return { backlog: changed.backlog, gone: [...gone, ...changed.gone] }
    },
    { backlog: emptyBacklog, gone: [] as PlainRecord[] },
  )

describe('the backlog of records', () => {
  it('never holds more octets than it may, knows how many they are, and gives back each record that it sheds', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const { backlog, gone } = fill(calls)
        expect(backlog.octets).to.equal(sizeOf(backlog)).and.at.most(MOST)
        const all = calls.flatMap(({ records }) => records)
        expect(new Set([...recordsIn(backlog), ...gone, ...all]).size).to.equal(all.length)
        expect(recordsIn(backlog).length + gone.length).to.equal(all.length)
        expect(backlog.calls.every(({ records }) => records.length > 0)).to.equal(true)
      }),
    )
  })

  it('sheds transcripts first, then fields, and what says that there was a call last, each from the oldest call on', () => {
    const classes: DataClass[] = ['CallMetadata', 'CollectedFields', 'Transcript']
    const calls = [1, 2, 3].map(() => aCall(classes.map((one) => aRecord(one, 100))))
    const shedAt = (most: number) => {
      const { gone } = fill(calls, most)
      return gone.map((record) => `${record.class} ${calls.findIndex(({ records }) => records.includes(record))}`)
    }
    const whole = 3 * (CALL_OCTETS + 300)
    expect(shedAt(whole)).to.deep.equal([])
    expect(shedAt(whole - 1)).to.deep.equal(['Transcript 0'])
    expect(shedAt(whole - 350)).to.deep.equal(['Transcript 0', 'Transcript 1', 'Transcript 2', 'CollectedFields 0'])
    expect(shedAt(whole - 601).at(-1)).to.equal('CallMetadata 0')
  })

  it('forgets a call that is acknowledged, and no other', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const { backlog } = fill(calls, Infinity)
        for (const { call, records } of calls) {
          const changed = removeCall(backlog, call)
          expect(changed.gone).to.deep.equal(records)
          expect(changed.backlog.calls).to.deep.equal(backlog.calls.filter((one) => one.call !== call))
          expect(changed.backlog.octets).to.equal(sizeOf(changed.backlog))
        }
      }),
    )
  })

  it('drops a record at its second, and a call that is a day old', () => {
    fc.assert(
      fc.property(anyCalls, fc.nat(250_000), (calls, now) => {
        const { backlog } = dropExpired(fill(calls, Infinity).backlog, now, DAY)
        for (const { records, endedAt } of backlog.calls)
          for (const { life } of records) expect(endedAt + life * 1_000).to.be.greaterThan(now)
        const living = calls.flatMap(({ records, endedAt }) =>
          records.filter(({ life }) => endedAt + life * 1_000 > now),
        )
        expect(recordsIn(backlog)).to.have.length(living.length)
      }),
    )
    const old = fill([aCall([aRecord('CallMetadata', 1, 10 * 86_400)])]).backlog
    expect(dropExpired(old, DAY - 1, DAY).gone).to.have.length(0)
    expect(dropExpired(old, DAY, DAY).gone).to.have.length(1)
  })

  it('shortens what was never sent, keeps the expiry of what may have arrived, and drops what is kept no more', () => {
    const [sent, unsent] = [aCall([aRecord('CallMetadata'), aRecord('Transcript')]), aCall([aRecord('CallMetadata')])]
    const before = markSent(fill([sent, unsent]).backlog, sent.call)
    const { backlog, gone } = tightenBacklog(before, { CallMetadata: 20, CallerNumber: 5 })
    expect(gone).to.deep.equal([sent.records[1]])
    expect(recordsIn(backlog).map(({ life }) => life)).to.deep.equal([60, 20])
    expect(backlog.octets).to.equal(sizeOf(backlog))
    expect(tightenBacklog(before, { CallMetadata: 90, Transcript: 90 }).backlog).to.deep.equal(before)
    expect(tightenBacklog(before, {}).backlog).to.deep.equal(emptyBacklog)
  })
})
