import { expect } from 'chai'
import fc from 'fast-check'
import { mergeConditions, type Finding } from '../../../src/lib/conditions.ts'
import { brokenLaws, STATUS_LAWS } from '../../harness/status-laws.ts'

const T0 = Date.UTC(2026, 10, 24, 15, 0, 0, 700)
const finding = (type: string, status: Finding['status'], reason = 'Because', message = 'So it is.'): Finding => ({
  type,
  status,
  reason,
  message,
})

describe('the conditions of a status', () => {
  it('carry the time of the change, in whole seconds', () => {
    const [ready] = mergeConditions([], [finding('Ready', 'True')], { generation: 1, now: T0 })
    expect(ready!.lastTransitionTime).to.equal('2026-11-24T15:00:00Z')
  })

  it('keep that time while the status stays, whatever reason, message and generation do', () => {
    const before = mergeConditions([], [finding('Ready', 'False', 'PodsStarting')], { generation: 1, now: T0 })
    const [ready] = mergeConditions(before, [finding('Ready', 'False', 'RoutePending', 'Soon.')], {
      generation: 2,
      now: T0 + 60_000,
    })
    expect(ready).to.deep.include({
      lastTransitionTime: '2026-11-24T15:00:00Z',
      reason: 'RoutePending',
      observedGeneration: 2,
    })
  })

  it('move it when the status does', () => {
    const before = mergeConditions([], [finding('Ready', 'False')], { generation: 1, now: T0 })
    const [ready] = mergeConditions(before, [finding('Ready', 'True')], { generation: 1, now: T0 + 60_000 })
    expect(ready!.lastTransitionTime).to.equal('2026-11-24T15:01:00Z')
  })

  it('leave Reconciling and Stalled out unless they are True', () => {
    const all = [finding('Ready', 'True'), finding('Reconciling', 'False'), finding('Stalled', 'Unknown')]
    expect(mergeConditions([], all, { generation: 1, now: T0 }).map(({ type }) => type)).to.deep.equal(['Ready'])
  })

  it('begin with the summary and keep the rest in the order given', () => {
    const all = ['B', 'A', 'Stalled', 'Ready'].map((type) => finding(type, 'True'))
    const types = mergeConditions([], all, { generation: 1, now: T0 }).map(({ type }) => type)
    expect(types).to.deep.equal(['Ready', 'Stalled', 'B', 'A'])
  })

  it('are the same text when nothing new was found, however much time went by', () => {
    const findings = fc.uniqueArray(
      fc.record({
        type: fc.constantFrom('Ready', 'Reconciling', 'Stalled', 'PodsAvailable', 'ZonesHealthy'),
        status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
        reason: fc.constantFrom('A', 'B'),
        message: fc.string(),
      }),
      { selector: ({ type }) => type },
    )
    fc.assert(
      fc.property(findings, fc.nat(), (found, later) => {
        const once = mergeConditions([], found, { generation: 3, now: T0 })
        expect(mergeConditions(once, found, { generation: 3, now: T0 + later })).to.deep.equal(once)
      }),
    )
  })
})

describe('the status laws', () => {
  const lawful = () => ({
    metadata: { generation: 2 },
    status: {
      observedGeneration: 2,
      conditions: mergeConditions(
        [],
        [finding('Ready', 'False', 'SpecInvalid'), finding('Stalled', 'True', 'SpecInvalid')],
        {
          generation: 2,
          now: T0,
        },
      ) as unknown as Record<string, unknown>[],
    },
  })
  type Lawful = ReturnType<typeof lawful>
  const breaches: Record<number, (object: Lawful) => void> = {
    1: ({ status }) => status.conditions.shift(),
    2: ({ status }) => delete (status as Partial<typeof status>).observedGeneration,
    3: ({ metadata }) => (metadata.generation = 1),
    4: ({ status }) => (status.conditions[1]!.observedGeneration = 3),
    5: ({ status }) => (status.conditions[0]!.observedGeneration = 1),
    6: ({ status }) => status.conditions.push(status.conditions[1]!),
    7: ({ status }) => (status.conditions[1]!.status = 'Maybe'),
    8: ({ status }) => (status.conditions[1]!.reason = 'not one word'),
    9: ({ status }) => (status.conditions[0]!.message = ''),
    10: ({ status }) => (status.conditions[0]!.lastTransitionTime = '2026-11-24T15:00:00.700Z'),
    11: ({ status }) => (status.conditions[1]!.status = 'False'),
    12: ({ status }) => status.conditions.push({ ...status.conditions[1], type: 'Reconciling' }),
    13: ({ status }) => (status.conditions[0]!.status = 'True'),
    14: ({ status }) => (status.conditions[0]!.reason = 'Other'),
    15: ({ status }) => status.conditions.reverse(),
  }

  it('find nothing to say about a lawful status, or about one that is not there yet', () => {
    expect(brokenLaws(lawful())).to.deep.equal([])
    expect(brokenLaws({ metadata: {} })).to.deep.equal([])
  })

  for (const [number, text] of Object.keys(STATUS_LAWS).entries()) {
    it(`notice a breach of ${text}`, () => {
      const object = lawful()
      breaches[number + 1]!(object)
      expect(brokenLaws(object)).to.include(text)
    })
  }
})
