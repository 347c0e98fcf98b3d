import { expect } from 'chai'
import { seenBy, wantedBy } from '../../../../src/operator/judge/drill-run.ts'
import type { FailoverDrillWorld } from '../../../../src/operator/world/failover-drill.ts'
import { NO_REAL_CALLS } from '../../../../src/rules/drill/real-calls.ts'
import { aDrill, aDrillWorld, anIntegration, anIntegrationSpec, TRUNKS } from '../../../harness/integration-worlds.ts'

const of = (sip: object) =>
  anIntegration(anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' }, ...sip } }))

describe('what a drill of trunks is about', () => {
  const digest = (sip: object) => seenBy(aDrillWorld({ integration: of(sip) }), aDrill(), []).specDigest

  it('are its trunks, its test call and what happens at failback: an edit of one is another drill', () => {
    const others = [
      ...[
        { testCall: { to: '4001' } },
        { testCall: undefined },
        { trunks: [TRUNKS[0], { ...TRUNKS[1], address: { host: 'nice.pbx.example' } }] },
      ],
      { failover: { failback: { mode: 'Manual' } } },
    ]
    expect(digest({})).to.equal(digest({}))
    expect(new Set([{}, ...others].map(digest)).size).to.equal(1 + others.length)
  })
})

describe('the fault of a drill that runs', () => {
  const drill = aDrill({ mode: 'Synthetic', status: { state: 'Injected', leadership: 1 } as never })
  const remembered = { at: { Injected: 0 }, zones: ['a'], lanes: [], calls: [], real: NO_REAL_CALLS, problems: [] }
  const naming = (uid: string) => ({ ...of({}), status: { runningDrill: { uid } } as never })
  const fault = (changes: Partial<FailoverDrillWorld>) =>
    wantedBy(aDrillWorld({ integration: of({}), remembered, drill, ...changes }), drill).lane?.fault

  it('is wanted by the leader that began it', () => expect(fault({})).to.equal('Blackhole'))

  it('is wanted only after its Integration names it as running: else nobody would notice its deletion', () => {
    for (const integration of [{ ...of({}), status: {} as never }, naming('uid-of-another'), undefined])
      expect(fault({ integration })).to.equal(undefined)
  })

  it('is wanted by no other leader, and by nobody who does not lead, whatever is remembered', () => {
    expect(fault({ term: 2 })).to.equal(undefined)
    expect(fault({ remembered: undefined })).to.equal(undefined)
    expect(fault({ term: undefined })).to.equal(undefined)
    expect(fault({ term: undefined, remembered: undefined })).to.equal(undefined)
  })
})
