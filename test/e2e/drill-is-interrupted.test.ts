// @stage drill  @programs operator edge  @seconds 100
// @guard test/unit/operator/report/drill-run.test.ts
import { expect } from 'chai'
import { cutZone, healAll } from '../../hack/cluster/faults.ts'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import { integration, PROMPT, useDrillStage } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** An edit, an abort: until the operator has seen it, and edges have its order. */
const SEEN_SECONDS = 2
/** A pod of another version has to be there. */
const ROLLOUT_SECONDS = 10
/** Edges find a trunk down after two probes that were not answered, and the operator asks them every second. */
const DEAD_SECONDS = 10
/** An edge that is cut off ends the fault with its lease, the others when the operator knows of it. */
const CUT_SECONDS = 15

interface Reason {
  what: string
  within: number
  because: RegExp
  /** More than one where two findings of the same fact may come first. */
  verdicts: readonly string[]
  happens: () => Promise<unknown>
  undo?: () => Promise<unknown>
}

describe('a synthetic drill under whose feet something changes', function () {
  this.timeout(400_000)
  const stage = useDrillStage()
  const figures: Record<string, Record<string, number>> = {}
  afterEach(() => healAll())
  after(() => {
    writeEvidence('drill-interrupted', figures)
    printFigures('seconds until the simulated fault was gone', figureRows(figures))
  })

  const edit = (sip: object, trunks: object = {}) =>
    zones.applyManifests(integration(stage().namespace, 'clinic', sip, trunks))
  /** One that is neither the leader's, nor that of the other operator: a zone with nothing but edges and bots. */
  const otherZone = async () => {
    const { zone } = await zones.leader()
    return ['zone-a', 'zone-b', 'zone-c'].find((each) => each !== zone)!
  }
  const rollOut = (label: string) => {
    const patch = JSON.stringify({ spec: { capacity: { callsPerPod: label === 'new' ? 61 : 60 } } })
    return zones.kube('patch', 'callbot', 'desk', '-n', stage().namespace, '--type=merge', '-p', patch)
  }

  const REASONS: readonly Reason[] = [
    {
      what: 'its test call is edited',
      within: SEEN_SECONDS,
      because: /^the trunks of the Integration were changed during the drill/,
      verdicts: ['Interrupted'],
      happens: () => edit({ testCall: { to: PROMPT } }),
      undo: () => edit({}),
    },
    {
      what: 'its primary dies',
      within: DEAD_SECONDS,
      because: /^the primary or the backup stopped answering real calls/,
      verdicts: ['Interrupted'],
      happens: () => stage().kill('paris'),
      undo: () => stage().restart('paris'),
    },
    {
      what: 'its trunks are edited',
      within: SEEN_SECONDS,
      because: /^the trunks of the Integration were changed during the drill/,
      verdicts: ['Interrupted'],
      happens: () => edit({}, { lyon: { capacity: { maxCalls: 900, callsPerSecond: 100 } } }),
      undo: () => edit({}),
    },
    {
      what: 'its backup dies',
      within: DEAD_SECONDS,
      because: /^(the primary or the backup stopped answering real calls|during the fault, )/,
      verdicts: ['Interrupted', 'Failed'],
      happens: () => stage().kill('lyon'),
      undo: () => stage().restart('lyon'),
    },
    {
      what: 'a rollout of its bot begins',
      within: ROLLOUT_SECONDS,
      because: /^a rollout of a bot began during the drill/,
      verdicts: ['Interrupted'],
      happens: () => rollOut('new'),
      undo: () => rollOut('old'),
    },
    {
      what: 'one of its zones is cut off',
      within: CUT_SECONDS,
      because: /^no edge of a zone answers any more/,
      verdicts: ['Interrupted'],
      happens: async () => cutZone(await otherZone()),
      undo: () => healAll(),
    },
  ]

  for (const [index, reason] of REASONS.slice(0, extent('REASONS', { short: 2, whole: REASONS.length })).entries())
    it(`is interrupted when ${reason.what}: the fault is gone within ${reason.within} s, and the status says why`, async () => {
      const { beginUntil, end, namespace, routeIsWell } = stage()
      const name = `interrupted-${index}`
      const fault = await beginUntil(name, 'Holding')
      expect(await fault.count(), 'edges with the fault').to.equal(3)
      try {
        await reason.happens()
        figures[reason.what] = { seconds: Math.round((await fault.secondsUntilGone(reason.within)) * 10) / 10 }
        const { verdict, because } = await end(name, 30)
        expect(verdict, because).to.be.oneOf([...reason.verdicts])
        expect(because).to.match(reason.because)
      } finally {
        await reason.undo?.()
      }
      await zones.settledPods(namespace)
      await routeIsWell(120)
      expect(await fault.count(), 'nobody orders it again').to.equal(0)
    })

  it('keeps a second drill of its namespace waiting, which begins when the first has ended', async () => {
    const { abort, begin, beginUntil, end, get, isIn } = stage()
    const fault = await beginUntil('first', 'Holding')
    await begin('second', { holdSeconds: 5 })
    await eventually(async () => {
      const { status } = await get('second')
      expect(status?.conditions?.[0]).to.include({ type: 'Succeeded', reason: 'WaitingForLease' })
    }, 20)
    expect(await fault.count(), 'the first goes on').to.equal(3)
    expect((await get('first')).status).to.include({ state: 'Holding' })
    await abort('first')
    expect(await end('first', 30)).to.include({ verdict: 'Aborted' })
    await isIn('second', 'Baseline', 30)
    expect(await end('second')).to.include({ verdict: 'Passed' })
  })
})
