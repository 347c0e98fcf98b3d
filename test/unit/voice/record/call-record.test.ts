import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES } from '../../../../src/api/retention-policy.ts'
import type { Keeping, Lives } from '../../../../src/rules/retention/keeping.ts'
import type { DataClass } from '../../../../src/rules/retention/life.ts'
import type { Turn } from '../../../../src/voice/call/types.ts'
import {
  beginRecord,
  type CallRecord,
  type CallRecords,
  endRecord,
  MOST_FIELDS_OCTETS,
  MOST_TRANSCRIPT_OCTETS,
  type RecordEvent,
  stepRecord,
} from '../../../../src/voice/record/call-record.ts'

const CALL = 'b6f1c0de-0000-4000-8000-000000000001'
const STARTED = Date.UTC(2026, 10, 27, 9)
const ALL = Object.fromEntries(DATA_CLASSES.map((one) => [one, 60])) as Lives
const NUMBER = '+33612345678'

const keeping = (lives: Lives): Keeping => ({
  policy: 'thirty-days',
  records: 'callbot-records.clinic.svc:8447',
  lives,
})
const beginUnder = (kept: Keeping | undefined) =>
  beginRecord({ keeping: kept, call: CALL, bot: 'town-hall', startedAt: STARTED, callerNumber: NUMBER })
const begin = () => beginUnder(keeping(ALL))
const turn = (of: Turn, at = 0): RecordEvent => ({ type: 'Turn', at, turn: of })
const play = (record: CallRecord, events: readonly RecordEvent[]) => events.reduce(stepRecord, record)
const both = (record: CallRecord, collected: Record<string, string> = {}) =>
  endRecord(record, { endedAt: STARTED + 65_430, seconds: 65.43, outcome: 'hung-up', reason: 'none', collected })
/** What is stored of it. */
const end = (record: CallRecord, collected: Record<string, string> = {}) =>
  both(record, collected).find(({ to }) => to === 'Store')
const contents = (records: CallRecords | undefined) =>
  Object.fromEntries((records?.records ?? []).map((one) => [one.class, JSON.parse(one.body.toString())])) as Partial<
    Record<(typeof DATA_CLASSES)[number], Record<string, unknown>>
  >

const anyTurn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({ heard: fc.string() }),
  fc.record({ said: fc.string() }),
  fc.record({ key: fc.constantFrom(...'0123456789*#•') }),
  fc.record({ step: fc.stringMatching(/^[a-z]{1,9}$/) }),
)
const anyLives: fc.Arbitrary<Lives> = fc
  .dictionary(fc.constantFrom(...DATA_CLASSES), fc.integer({ min: 1, max: 1_000 }))
  .map((each) => Object.fromEntries(Object.entries(each)))
const anyKeeping = fc.option(anyLives.map(keeping), { nil: undefined })
const anyEvent: fc.Arbitrary<RecordEvent> = fc.oneof(
  { weight: 5, arbitrary: anyTurn.map((each) => turn(each)) },
  { weight: 1, arbitrary: anyKeeping.map((each): RecordEvent => ({ type: 'PolicyChanged', keeping: each })) },
)

describe('the record of a call', () => {
  it('says when the call was, how it ended, what both sides said and what was collected', () => {
    const said = [
      turn({ step: 'wish' }),
      turn({ said: 'Bonjour.' }, 100),
      turn({ heard: 'Un rendez-vous' }, 2_000),
      turn({ key: '1' }, 3_000),
      turn({ key: '2' }, 3_200),
    ]
    const records = end(play(begin(), said), { wish: 'rendez-vous' })
    expect(records).to.include({ call: CALL, policy: 'thirty-days', endedAt: STARTED + 65_430 })
    expect(contents(records)).to.deep.equal({
      CallMetadata: {
        ...{ bot: 'town-hall', direction: 'Inbound', outcome: 'hung-up', durationSeconds: 65.4 },
        ...{ startedAt: '2026-11-27T09:00:00.000Z', endedAt: '2026-11-27T09:01:05.430Z' },
      },
      CallerNumber: { number: NUMBER },
      Transcript: {
        turns: [
          { at: 100, who: 'Bot', text: 'Bonjour.' },
          { at: 2_000, who: 'Caller', text: 'Un rendez-vous' },
          { at: 3_000, who: 'Caller', keys: '12' },
        ],
        isCut: false,
      },
      CollectedFields: { fields: { wish: 'rendez-vous' }, isCut: false },
      Diagnostics: { outcome: 'hung-up', reason: 'none', steps: [{ at: 0, step: 'wish' }], isCut: false },
    })
  })

  it('has no word and no number in CallMetadata and Diagnostics', () => {
    fc.assert(
      fc.property(fc.array(anyTurn), (turns) => {
        const spoken = turns.map((each) => turn('heard' in each ? { heard: `mot-${each.heard}` } : each))
        const { CallMetadata, Diagnostics } = contents(end(play(begin(), spoken), { name: 'mot-Durand' }))
        const text = JSON.stringify([CallMetadata, Diagnostics])
        expect(text).to.not.include('mot-')
        expect(text).to.not.include(NUMBER)
      }),
    )
  })

  it('holds each class for the least life since the call began, and none that any policy did not keep', () => {
    fc.assert(
      fc.property(anyKeeping, fc.array(anyEvent), (first, events) => {
        const policies = [first, ...events.flatMap((each) => (each.type === 'PolicyChanged' ? [each.keeping] : []))]
        const records = end(play(beginUnder(first), events), { wish: 'oui' })
        for (const one of records?.records ?? []) {
          expect(one.life).to.equal(Math.min(...policies.map((policy) => policy?.lives[one.class] ?? 0)))
          expect(one.life).to.be.greaterThan(0)
        }
        if (policies.includes(undefined)) expect(records).to.equal(undefined)
      }),
    )
  })

  it('gathers nothing of a class that is not kept, and forgets it when a policy stops keeping it', () => {
    fc.assert(
      fc.property(anyKeeping, fc.array(anyEvent), (first, events) => {
        const record = play(beginUnder(first), events)
        const lives = record.keeping?.lives ?? {}
        if (lives.Transcript === undefined) expect(record.turns.items).to.deep.equal([])
        if (lives.Diagnostics === undefined) expect(record.steps.items).to.deep.equal([])
        if (lives.CallerNumber === undefined) expect(record.callerNumber).to.equal(undefined)
      }),
    )
    const tighter = stepRecord(play(begin(), [turn({ heard: 'oui' })]), {
      type: 'PolicyChanged',
      keeping: keeping({ CallMetadata: 5 }),
    })
    const wider = stepRecord(tighter, { type: 'PolicyChanged', keeping: keeping(ALL) })
    expect(end(wider, { wish: 'oui' })!.records.map((one) => [one.class, one.life])).to.deep.equal([
      ['CallMetadata', 5],
    ])
  })

  it('has no trace of keys of a secret answer, not even their number', () => {
    const keys = [turn({ key: '•' }), turn({ key: '•' }), turn({ said: 'Merci.' })]
    const { Transcript } = contents(end(play(begin(), keys)))
    expect(Transcript).to.deep.equal({ turns: [{ at: 0, who: 'Bot', text: 'Merci.' }], isCut: false })
  })

  it('has no CallerNumber of a caller who shows none, no Transcript without words, and never a Recording', () => {
    const record = beginRecord({ ...begin(), callerNumber: undefined })
    expect(Object.keys(contents(end(record)))).to.deep.equal(['CallMetadata', 'Diagnostics'])
  })

  it('is bounded, whatever the caller, the bot and the web service say', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40_000 }), { minLength: 1, maxLength: 40 }), (lengths) => {
        const spoken = lengths.map((length) => turn({ heard: 'é'.repeat(length) }))
        const fields = Object.fromEntries(lengths.map((length, at) => [`field${at}`, '\n'.repeat(length)]))
        const records = end(play(begin(), spoken), fields)!
        const octets = Object.fromEntries(records.records.map(({ class: one, body }) => [one, body.length]))
        expect(octets['Transcript']).to.be.at.most(MOST_TRANSCRIPT_OCTETS + 100)
        expect(octets['CollectedFields']).to.be.at.most(MOST_FIELDS_OCTETS + 100)
        const { Transcript } = contents(records)
        expect(Transcript!['isCut']).to.equal((Transcript!['turns'] as unknown[]).length < lengths.length)
      }),
      { numRuns: 30 },
    )
  })

  it('has apart what is delivered and never stored, in the classes of which all policies so far say so', () => {
    const delivering = (deliver: DataClass[], lives: Lives = { CallMetadata: 60 }) => ({ ...keeping(lives), deliver })
    const classes = (record: CallRecord) =>
      both(record, { wish: 'oui' }).map(({ to, records }) => [to, records.map((one) => [one.class, one.life])])
    const first = beginUnder(delivering(['CallMetadata', 'Transcript', 'CollectedFields']))
    const said = play(first, [turn({ said: 'Bonjour.' })])
    expect(classes(said)).to.deep.equal([
      ['Store', [['CallMetadata', 60]]],
      [
        'Deliver',
        [
          ['Transcript', 900],
          ['CollectedFields', 900],
        ],
      ],
    ])
    const change: RecordEvent = { type: 'PolicyChanged', keeping: delivering(['CallerNumber', 'Transcript'], {}) }
    expect(classes(stepRecord(said, change))).to.deep.equal([['Deliver', [['Transcript', 900]]]])
    expect(classes(stepRecord(said, { type: 'PolicyChanged', keeping: undefined }))).to.deep.equal([])
  })
})
