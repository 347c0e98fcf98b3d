// @stage drill  @programs operator edge
// @guard test/integration/edge/a-drill-of-real-calls.test.ts
import { expect } from 'chai'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import { createAuthority } from '../harness/authority.ts'
import { useDrillStage, type Agents } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import { judgeLiveCalls, startLiveCalls } from '../harness/live-calls.ts'
import { placeRealCalls } from '../harness/real-callers.ts'
import * as zones from '../harness/three-zones.ts'
import { caOfTrunks, CARRIER, trustInTrunks } from '../harness/tls-clients.ts'

/** Real callers at each edge who call when the backup has failed, and those who talk with an agent of the primary all the while. */
const CALLS = extent('CALLS', { short: 2, whole: 17 })
const LIVE = extent('LIVE', { short: 1, whole: 3 })
const TALK_SECONDS = 20
const ENDED = ['Aborted', 'Interrupted', 'Failed']
const FOUND = ['Skipped', 'Failed']
const LIVE_SECONDS = 110

type Stage = ReturnType<ReturnType<typeof useDrillStage>>

/** How the backup fails once the drill has a share of the calls, or before; and how it is well again. */
interface Failure {
  name: string
  /** Test calls find it before, so that no caller meets it. */
  isFoundBefore?: true
  before?: (stage: Stage) => Promise<unknown> | void
  then?: (stage: Stage) => Promise<unknown> | void
  cure: (stage: Stage) => Promise<unknown> | void
}

/** Test calls find it good. */
const forAgents = (name: string, what: Agents): Failure => ({
  ...{ name, before: ({ agents }) => agents('lyon', what), cure: ({ agents }) => agents('lyon', 'answer') },
})

const authority = createAuthority('client CA')
const secured = { transport: 'TLS', tls: trustInTrunks }

/** Its trunk is to have what the telephone system does not speak. */
const WITHOUT: Failure[] = [
  {
    ...{ name: 'without TLS', isFoundBefore: true },
    before: async ({ namespace, trunk, routeIsWell }) => {
      await zones.applyManifests(...caOfTrunks(namespace, authority.cert))
      await trunk('lyon', secured)
      await routeIsWell(60, 'Down')
    },
    cure: ({ trunk }) => trunk('lyon', {}),
  },
  {
    ...{ name: 'without SRTP', isFoundBefore: true },
    before: async ({ namespace, trunk, restart, routeIsWell }) => {
      await zones.applyManifests(...caOfTrunks(namespace, authority.cert))
      await restart('lyon', { ...authority.issue([CARRIER]), ca: authority.cert })
      const before = await zones.lives(namespace)
      await trunk('lyon', { ...secured, srtp: 'Required' })
      // Bots get to know whether a trunk has SRTP: a rollout, which would interrupt the drill.
      await eventually(async () => expect(await zones.lives(namespace)).to.not.have.members(before), 60)
      await zones.settledPods(namespace)
      await routeIsWell()
    },
    cure: ({ trunk, restart }) => Promise.all([restart('lyon'), trunk('lyon', {})]),
  },
]

const FAILURES: Failure[] = [
  forAgents('refusing', 'refuse'),
  forAgents('ringing in vain', 'ring'),
  forAgents('without a word', 'wait'),
  {
    name: 'too small',
    before: async ({ trunk, routeIsWell }) => {
      await trunk('lyon', { capacity: { maxCalls: LIVE + 1, callsPerSecond: 100 } })
      await routeIsWell()
    },
    cure: ({ trunk }) => trunk('lyon', {}),
  },
  { name: 'dead', then: ({ kill }) => kill('lyon'), cure: ({ restart }) => restart('lyon') },
  // What came to it while it stood still is not answered later.
  {
    name: 'frozen',
    then: ({ freeze }) => freeze('lyon'),
    cure: ({ thaw, restart }) => (thaw('lyon'), restart('lyon')),
  },
  ...WITHOUT,
]
const PLAYED = FAILURES.slice(0, extent('FAILURES', { short: 2, whole: FAILURES.length }))

describe('a drill with all real calls whose backup fails them', function () {
  this.timeout(900_000)
  before(function () {
    needsWholeForm(this)
  })
  const stage = useDrillStage()
  const figures: Record<string, Record<string, number>> = {}
  after(() => {
    writeEvidence('drill-rescues', figures)
    printFigures('real callers in drills whose backup fails', figureRows(figures))
  })

  for (const { name, isFoundBefore = false, before: prepare, then, cure } of PLAYED)
    it(`loses nobody, rings nobody twice and touches no live call when it is ${name}`, async () => {
      const { begin, end, isIn, number, routeIsWell } = stage()
      await routeIsWell()
      await prepare?.(stage())
      const live = await startLiveCalls({ number, callsPerEdge: LIVE, seconds: LIVE_SECONDS })
      try {
        const drill = name.toLowerCase().replaceAll(' ', '-')
        await begin(drill, { mode: 'Full', holdSeconds: 120 })
        if (!isFoundBefore) await isIn(drill, 'Holding')
        await then?.(stage())
        const calls = await placeRealCalls(stage(), { callsPerEdge: CALLS, seconds: TALK_SECONDS })
        const status = await end(drill)
        expect(status.verdict, status.because).to.be.oneOf(isFoundBefore ? FOUND : ENDED)
        const all = calls['live calls']
        expect(calls.paris + calls.lyon).to.equal(all)
        expect(calls.inVain, 'telephones that rang in vain').to.be.at.most(all)
        const { met = 0, rescued = 0 } = status.realCalls ?? {}
        if (isFoundBefore) expect({ met, byBackup: calls.lyon }).to.deep.equal({ met: 0, byBackup: 0 })
        figures[name] = { ...calls, 'met it': met, 'put through by the primary in the same call': rescued }
        figures[name] = { ...figures[name], ...withPrefix(await judgeLiveCalls(live)) }
      } finally {
        await cure(stage())
        await live.stop()
      }
    })
})

const withPrefix = (measured: Record<string, number>) =>
  Object.fromEntries(Object.entries(measured).map(([what, value]) => [`all the while: ${what}`, value]))
