import { expect } from 'chai'
import { judge, statusLines } from '../../../src/status/report.ts'

const ready = { type: 'Ready', status: 'True', observedGeneration: 3, reason: 'Serving', message: '3 of 3 pods.' }
const object = (status: object | undefined, metadata: object = {}) =>
  ({ metadata: { name: 'accueil', namespace: 'lilas', generation: 3, ...metadata }, status }) as never
const integration = (status: object) =>
  ({ spec: {}, ...(object({ conditions: [ready], ...status }) as object) }) as never
const lines = (bot: object, more: object = {}) => statusLines({ bot: bot as never, integrations: [], ...more })

describe('what the verb status says', () => {
  it('takes a bot as ready only by a Ready of its newest spec', () => {
    expect(judge(object({ conditions: [ready] }))).to.include({ isReady: true, state: 'ready' })
    const older = judge(object({ conditions: [{ ...ready, observedGeneration: 2 }] }))
    expect(older.isReady).to.equal(false)
    expect(older.because).to.equal(
      'the operator has not processed generation 3 of the spec yet, and what follows is of generation 2',
    )
  })

  it('takes no bot as ready that is deleted, or of which no operator has reported', () => {
    const deleted = { deletionTimestamp: '2026-11-30T06:30:00Z' }
    expect(judge(object({ conditions: [ready] }, deleted))).to.include({ isReady: false, state: 'being deleted' })
    expect(judge(object(undefined)).because).to.include('check that one runs')
  })

  it('names what is not True once, with all the conditions that say it', () => {
    const starting = { status: 'False', reason: 'PodsStarting', message: '0 of 3 pods.', observedGeneration: 3 }
    const unknown = { type: 'FallbackReachable', status: 'Unknown', reason: 'Progressing', message: 'no edge yet.' }
    const types = ['Ready', 'ZonesHealthy', 'PodsAvailable']
    const repeated = lines(object({ conditions: [...types.map((type) => ({ type, ...starting })), unknown] }))
    expect(repeated.slice(0, 3)).to.deep.equal([
      'lilas/accueil: not ready, PodsStarting',
      '  0 of 3 pods.',
      '  - FallbackReachable: Progressing: no edge yet.',
    ])
    const beside = [ready, ...['ZonesHealthy', 'PodsAvailable'].map((type) => ({ type, ...starting }))]
    expect(lines(object({ conditions: beside }))).to.include(
      '  - ZonesHealthy, PodsAvailable: PodsStarting: 0 of 3 pods.',
    )
  })

  it('has the route table that the edges run, and those that are silent', () => {
    const silent = [{ edge: 'callbot-edge-1', since: '2026-11-30T06:30:00Z' }]
    const shown = lines(object({ routes: '1/2', runningRoute: { epoch: 7, numbers: [], edges: 2, silent } }))
    expect(shown).to.include.members([
      '  numbers with routes:  1/2',
      '  route table:          7, on 2 edges',
      '  silent edges:         callbot-edge-1 since 2026-11-30T06:30:00Z',
    ])
  })

  it('has the newest, the running and the next drill of each Integration', () => {
    const found = integration({
      sipRoute: 'Backup/lyon',
      lastDrill: { name: 'cabinet-1', verdict: 'Passed', finishedAt: '2026-11-23T06:31:00Z' },
      runningDrill: { name: 'cabinet-2', state: 'Holding' },
      nextDrill: '2026-12-07 06:30 Europe/Paris',
    })
    const shown = lines(object({ conditions: [ready] }), { integrations: [{ name: 'cabinet', found }] })
    expect(shown).to.include.members([
      'Integration cabinet: ready',
      '  SIP route:            Backup/lyon',
      '  newest drill:         Passed, 2026-11-23T06:31:00Z, cabinet-1',
      '  running drill:        Holding, cabinet-2',
      '  next drill:           2026-12-07 06:30 Europe/Paris',
    ])
  })

  it('has the classes that are kept, in the unit of the rule, and says when none is', () => {
    const rules = [
      { class: 'Transcript', days: 30 },
      { class: 'CallMetadata', seconds: 90 },
      { class: 'Recording', days: 0 },
    ]
    const kept = (list: object[]) => ({ ...(object({ conditions: [ready] }) as object), spec: { rules: list } })
    const shown = (list: object[]) => lines(object({}), { policy: { name: 'month', found: kept(list) } })
    expect(shown(rules)).to.include('  keeps:                Transcript 30 days, CallMetadata 90 s')
    expect(shown([])).to.include('  keeps:                nothing')
    expect(lines(object({}), { policy: { name: 'month' } })).to.include('RetentionPolicy month: does not exist')
  })
})
